/** What is typed into, pressed, and said. */
export const controls = `
form{display:grid;gap:1.125rem}
.field{display:grid;gap:.35rem}
label,legend{font-weight:550}
input:not([type=checkbox]),select{width:100%;min-height:2.875rem;padding:.5rem .8rem;font:inherit;color:var(--sp-text);background:var(--sp-surface);border:1px solid var(--sp-edge);border-radius:10px}
input:not([type=checkbox]):focus-visible,select:focus-visible{outline-offset:0;border-color:var(--sp-accent);border-radius:10px}
input[type=checkbox]{width:1.25rem;height:1.25rem;margin:.125rem 0 0;accent-color:var(--sp-accent);flex:none}
input.code{font-size:1.25rem;letter-spacing:.2em;font-variant-numeric:tabular-nums}
input.secret{font:.875rem/1.5 ui-monospace,"SF Mono",Menlo,Consolas,monospace;background:var(--sp-raised)}
code.secret{display:block;padding:.6rem .8rem;border-radius:10px;background:var(--sp-raised);border:1px solid var(--sp-line)}
.check{display:grid;grid-template-columns:auto 1fr;gap:.15rem .6rem;align-items:start}
.check label{font-weight:400}
.check .hint{grid-column:2}
.line{display:flex;justify-content:space-between;gap:.5rem 1rem;flex-wrap:wrap}
.pair{display:grid;grid-template-columns:1fr 1fr;gap:1.125rem}
.copy{display:flex;gap:.5rem}
.copy button{flex:none}
fieldset{border:0;display:grid;gap:.6rem;min-width:0}
fieldset.still{display:block}
.still .careful{display:none}
.still :is(button,input,select){opacity:.5;cursor:default}
form:not(:has([value=date]:checked)) .until{display:none}
legend{margin-bottom:.5rem;padding:0}
.room .card .field,.room .card .pair,.room .card .copy{max-width:34rem}

button,.button,.careful>summary{display:inline-flex;align-items:center;justify-content:center;gap:.55rem;min-height:2.75rem;padding:.5rem 1.125rem;border:1px solid transparent;border-radius:10px;font:inherit;font-weight:600;line-height:1.25;text-align:center;text-decoration:none;cursor:pointer;background:none;color:var(--sp-text)}
button.main,.button.main{background:var(--sp-accent);color:var(--sp-on-accent)}
button.main:hover,.button.main:hover{background:color-mix(in srgb,var(--sp-accent) 88%,var(--sp-text))}
button.other,.button.other,button.quiet,.button,.careful>summary{border-color:var(--sp-edge);background:var(--sp-surface)}
.button.main{border-color:transparent;background:var(--sp-accent)}
button.other:hover,.button.other:hover,button.quiet:hover,.careful>summary:hover{background:var(--sp-raised);border-color:var(--sp-text)}
button.danger,.careful.danger>summary{border-color:var(--sp-danger);background:var(--sp-surface);color:var(--sp-danger)}
button.danger:hover,.careful.danger>summary:hover{background:var(--sp-danger-tint)}
.rows button,.rows .careful>summary,.who button,.acts button,.acts summary{min-height:2.5rem;padding:.35rem .875rem;font-weight:550;font-size:.9375rem}
.room form>button.main,.room .card>form>button.quiet{justify-self:start}
.below button{border:0;background:none;padding:.25rem;min-height:2.5rem;color:var(--sp-accent);font-weight:400;text-decoration:underline;text-underline-offset:.18em}
.others{display:grid;gap:.625rem}
.room .others{grid-template-columns:repeat(auto-fill,minmax(min(100%,15rem),1fr))}
.others button,.others .button,.door .button.main{width:100%}
.or{display:flex;align-items:center;gap:.875rem;color:var(--sp-muted);font-size:.875rem;font-weight:400}
.or::before,.or::after{content:"";flex:1;border-top:1px solid var(--sp-line)}
.search{grid-template-columns:1fr auto;align-items:end}

details>summary{cursor:pointer}
details>summary::-webkit-details-marker{display:none}
.careful>summary,.fold>summary{list-style:none}
.careful[open]>summary{background:var(--sp-raised)}
.question{display:grid;gap:.875rem;margin-top:.75rem;padding:1rem 1.125rem;border-radius:var(--sp-radius);background:var(--sp-raised);border:1px solid var(--sp-line);text-align:left}
.question form{justify-items:start}
.careful[open]{flex:1 1 100%}
.fold[open]>form{margin-top:1rem}

.alert,.notice{display:flex;gap:.7rem;padding:.8rem 1rem;border-radius:var(--sp-radius);font-size:.9375rem}
.alert{background:var(--sp-danger-tint);color:var(--sp-danger)}
.notice{background:var(--sp-success-tint);color:var(--sp-success)}
.alert .icon,.notice .icon{margin-top:.08rem}

@media (max-width:30rem){
.pair{grid-template-columns:1fr}
.copy{flex-wrap:wrap}
.copy button{width:100%}
.room form>button.main,.room .card>form>button.quiet,.question .field{justify-self:stretch}
}
@media (forced-colors:active){.badge,.alert,.notice,.question{border:1px solid}}
@media (prefers-reduced-motion:no-preference){button,.button,summary,nav a,.tiles a{transition:background-color .12s,border-color .12s}}
`
