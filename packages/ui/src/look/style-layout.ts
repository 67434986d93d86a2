/** Where things stand: the frame, the card at the door, the room behind it, lists. */
export const layout = `
*,*::before,*::after{box-sizing:border-box}
html{font:100%/1.5 var(--sp-font);-webkit-text-size-adjust:100%;scroll-padding-top:1rem}
body{margin:0;min-height:100vh;background:var(--sp-background);color:var(--sp-text);overflow-wrap:anywhere}
h1,h2,p,ul,ol,dl,dd,fieldset{margin:0;padding:0}
p{text-wrap:pretty}
ul,ol{list-style:none}
h1{font-size:1.625rem;line-height:1.2;font-weight:650;letter-spacing:-.015em;text-wrap:balance}
h2{font-size:1rem;line-height:1.3;font-weight:650}
a{color:var(--sp-accent);text-underline-offset:.18em;text-decoration-thickness:1px}
a:hover{text-decoration-thickness:2px}
:focus-visible{outline:3px solid var(--sp-accent);outline-offset:2px;border-radius:6px}
code{font:.9375em/1.5 ui-monospace,"SF Mono",Menlo,Consolas,monospace}
[hidden]{display:none!important}
.unseen{position:absolute!important;width:1px!important;height:1px;min-height:0!important;margin:-1px;padding:0!important;border:0!important;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
.skip{position:absolute;left:1rem;top:-4rem;z-index:2;padding:.6rem 1rem;background:var(--sp-surface);color:var(--sp-text);border-radius:8px}
.skip:focus{top:.75rem;box-shadow:var(--sp-shadow)}
.icon{width:1.25rem;height:1.25rem;flex:none;fill:none;stroke:currentColor;stroke-width:1.75;stroke-linecap:round;stroke-linejoin:round}
.mark{width:1.75rem;height:1.75rem;flex:none;fill:var(--sp-accent)}
.logo{display:block;height:2rem;width:auto;max-width:11rem;object-fit:contain;object-position:left}
.lead,.fact,.hint,.none{color:var(--sp-muted)}
.hint,.fact{font-size:.875rem;line-height:1.45}
h1+.lead{margin-top:.5rem}

.banner{display:flex;align-items:center;justify-content:center;gap:.5rem 1rem;flex-wrap:wrap;padding:.5rem 1rem;background:var(--sp-danger-tint);color:var(--sp-danger);font-size:.9375rem;text-align:center}
.top{display:flex;align-items:center;justify-content:space-between;gap:1rem;max-width:68rem;margin:0 auto;padding:1.125rem 1.5rem}
.brand{display:inline-flex;align-items:center;gap:.6rem;color:inherit;font-weight:650;text-decoration:none;min-height:2.75rem}
.who{display:flex;align-items:center;gap:.75rem;min-width:0}
.who .name{color:var(--sp-muted);overflow:hidden;text-overflow:ellipsis;white-space:nowrap;max-width:16rem}
body.door .top{justify-content:center;padding-top:clamp(1.5rem,9vh,6rem)}

main.door{width:min(26rem,calc(100% - 2rem));margin:.75rem auto 4rem;padding:2.25rem;background:var(--sp-surface);border:1px solid var(--sp-line);border-radius:calc(var(--sp-radius) + 6px);box-shadow:var(--sp-shadow)}
main.door>*+*,.door>.still>*+*{margin-top:1.375rem}
main.door h1+.lead{margin-top:.5rem}
main.door .card{padding:0;border:0;background:none;box-shadow:none}
.below{color:var(--sp-muted);text-align:center;display:flex;gap:.4rem;justify-content:center;flex-wrap:wrap}
.chosen{display:flex;align-items:center;gap:.6rem;font-weight:600}
.chosen .icon{color:var(--sp-accent)}

.room{display:grid;grid-template-columns:16rem minmax(0,1fr);gap:2.5rem;max-width:68rem;margin:0 auto;padding:1rem 1.5rem 5rem}
.room main>*+*,.room .still>*+*{margin-top:1.5rem}
.room main>.back+*{margin-top:.5rem}
.room main h1+.lead{margin-top:.5rem}
nav ul{display:grid;gap:2px}
nav h2{margin:1.5rem .75rem .4rem;font-size:.8125rem;color:var(--sp-muted);font-weight:600}
nav a{display:flex;align-items:center;gap:.7rem;padding:.55rem .75rem;min-height:2.75rem;border-radius:10px;color:var(--sp-text);text-decoration:none;font-size:.9375rem}
nav a .icon{color:var(--sp-muted)}
nav a:hover{background:var(--sp-line)}
nav a[aria-current]{background:var(--sp-accent-tint);color:var(--sp-accent);font-weight:600}
nav a[aria-current] .icon{color:inherit}
.back{display:inline-flex;align-items:center;gap:.25rem;min-height:2.75rem;margin-left:-.35rem;color:var(--sp-muted);text-decoration:none}
.back:hover{color:var(--sp-text);text-decoration:underline}
.back.narrow{display:none}

.card{padding:1.5rem;background:var(--sp-surface);border:1px solid var(--sp-line);border-radius:calc(var(--sp-radius) + 2px)}
.card>h2+.lead{margin-top:.25rem}
.card>*+*{margin-top:1.125rem}
.after{display:flex;justify-content:flex-end}
.beside{display:flex;align-items:center;justify-content:space-between;gap:1rem;flex-wrap:wrap}
.more{text-align:center}

.rows>li{display:flex;align-items:flex-start;gap:.875rem;padding:1rem 0;flex-wrap:wrap}
.rows>li+li{border-top:1px solid var(--sp-line)}
.card>.rows:first-child>li:first-child,.card>h2+.rows>li:first-child{padding-top:0}
.card>.rows:last-child>li:last-child{padding-bottom:0}
.sign{display:grid;place-items:center;width:2.5rem;height:2.5rem;border-radius:10px;background:var(--sp-raised);border:1px solid var(--sp-line);color:var(--sp-muted)}
.what{flex:1 1 14rem;min-width:0}
.title{font-weight:600}
time{white-space:nowrap}
.badge{display:inline-block;margin-left:.35rem;padding:.05rem .5rem;border-radius:99px;background:var(--sp-accent-tint);color:var(--sp-accent);font-size:.75rem;font-weight:600;line-height:1.5;vertical-align:.1em}
.badge.bad{background:var(--sp-danger-tint);color:var(--sp-danger)}
.rows .actions{display:flex;gap:.5rem;flex-wrap:wrap;align-items:flex-start;justify-content:flex-end}
.rows li:has(.careful[open]) .actions{flex-basis:100%;justify-content:flex-start}
.rows li:has(.sign):has(.careful[open]) .actions{padding-left:3.375rem}
.rows li:has(.through){position:relative;align-items:center}
.rows li:has(.through):hover{background:var(--sp-raised)}
.rows .through::after{content:"";position:absolute;inset:0}
.rows li:has(.through) .actions{color:var(--sp-muted)}

.room h2.group{margin-bottom:-.75rem}
.tiles{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,17rem),1fr));gap:.75rem}
.tiles a{display:flex;gap:.875rem;align-items:flex-start;height:100%;padding:1.125rem;border:1px solid var(--sp-line);border-radius:var(--sp-radius);background:var(--sp-surface);color:inherit;text-decoration:none}
.tiles a:hover{border-color:var(--sp-accent)}
.tiles .icon{margin-top:.1rem;color:var(--sp-accent)}
.tiles .title,.tiles .fact{display:block}

.facts{display:grid;gap:.75rem 2rem;grid-template-columns:repeat(auto-fill,minmax(min(100%,14rem),1fr))}
.facts dt{color:var(--sp-muted);font-size:.875rem}
.acts{display:flex;flex-wrap:wrap;gap:.625rem}
.card>.acts+.acts{margin-top:.625rem}
.card>.acts.apart{margin-top:1.125rem;padding-top:1.125rem;border-top:1px solid var(--sp-line)}
.acts li:has([open]){flex-basis:100%}
.steps{counter-reset:step;display:grid;gap:1.75rem}
.steps>li{counter-increment:step;padding-left:2.75rem;position:relative;display:grid;gap:1rem}
.steps>li::before{content:counter(step);position:absolute;left:0;top:-.25rem;width:1.875rem;height:1.875rem;display:grid;place-items:center;border-radius:50%;background:var(--sp-accent-tint);color:var(--sp-accent);font-weight:650;font-size:.9375rem}
.qr{width:11.5rem;max-width:100%;padding:.5rem;background:#fff;border:1px solid var(--sp-line);border-radius:var(--sp-radius)}
.qr svg{display:block;width:100%;height:auto}
.codes{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,15rem),1fr));gap:.25rem 1.5rem;padding:1.125rem 1.25rem;border-radius:var(--sp-radius);background:var(--sp-raised);border:1px solid var(--sp-line)}
.card>.actions{display:flex;flex-wrap:wrap;gap:.625rem}

@media (max-width:52rem){
.top{padding:.75rem 1rem}
.room{grid-template-columns:minmax(0,1fr);padding:.25rem 1rem 4rem}
nav{display:none}
.back.narrow{display:inline-flex}
.who .name{display:none}
.card{padding:1.125rem}
main.door{padding:1.5rem}
.tiles{gap:.5rem}
.tiles a{padding:1rem}
.rows .actions{flex-basis:100%;justify-content:flex-start;padding-left:3.375rem}
.rows li:has(.through){flex-wrap:nowrap}
.rows li:has(.through) .actions{flex-basis:auto;padding-left:0}
.rows li:not(:has(.sign)) .actions{padding-left:0}
.what{flex-basis:10rem}
.after .button,.after button,.after form{width:100%}
.steps>li{padding-left:0}
.steps h2{padding-left:2.5rem}
}
@media print{.top,nav,.back,.actions,.after,.skip{display:none!important}body,.card{background:#fff;color:#000}}
`
