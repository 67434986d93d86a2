/**
 * The one script of the pages, for passkeys, for copying and for going back; everything else works without it. A form with `data-passkey`
 * (`create`, `get`, or `log-in`) has the options of its ceremony in `data-options` or under `data-options-from`, and sends
 * what came of it as its field `response`. Text, so that no bundler changes what a browser runs.
 */
export const script: string = String.raw`
const toBytes = (text) => Uint8Array.from(atob(text.replace(/-/g, '+').replace(/_/g, '/')), (sign) => sign.charCodeAt(0))
const toText = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '')
const descriptors = (list = []) => list.map((one) => ({ ...one, id: toBytes(one.id) }))

function requestOf(json) {
  return { ...json, challenge: toBytes(json.challenge), allowCredentials: descriptors(json.allowCredentials) }
}

function creationOf(json) {
  const user = { ...json.user, id: toBytes(json.user.id) }
  return { ...json, user, challenge: toBytes(json.challenge), excludeCredentials: descriptors(json.excludeCredentials) }
}

function answerOf({ id, rawId, type, response, authenticatorAttachment, ...credential }) {
  const sent = { clientDataJSON: toText(response.clientDataJSON) }
  if (response.attestationObject) {
    sent.attestationObject = toText(response.attestationObject)
    sent.transports = response.getTransports?.() ?? []
  } else {
    sent.authenticatorData = toText(response.authenticatorData)
    sent.signature = toText(response.signature)
    if (response.userHandle) sent.userHandle = toText(response.userHandle)
  }
  return { id, rawId: toText(rawId), type, response: sent, authenticatorAttachment, clientExtensionResults: {} }
}

async function optionsOf({ dataset }) {
  if (dataset.options) return JSON.parse(dataset.options)
  const answer = await fetch(dataset.optionsFrom, { headers: { accept: 'application/json' } })
  if (!answer.ok) throw new Error(String(answer.status))
  return answer.json()
}

function send(form, credential) {
  form.elements.response.value = JSON.stringify(answerOf(credential))
  form.submit()
}

let waiting = new AbortController()

async function ask(form) {
  waiting.abort()
  const options = await optionsOf(form)
  return form.dataset.passkey === 'create'
    ? navigator.credentials.create({ publicKey: creationOf(options) })
    : navigator.credentials.get({ publicKey: requestOf(options) })
}

// The browser offers passkeys where the user name is typed; a question that has grown old is asked anew.
async function offer(form) {
  if (!(await PublicKeyCredential.isConditionalMediationAvailable?.())) return
  for (;;) {
    waiting = new AbortController()
    const { signal } = waiting
    try {
      const options = requestOf(await optionsOf(form))
      const renew = setTimeout(() => waiting.abort('renew'), (options.timeout ?? 300000) * 0.8)
      const credential = await navigator.credentials.get({ publicKey: options, mediation: 'conditional', signal })
        .finally(() => clearTimeout(renew))
      return send(form, credential)
    } catch {
      if (signal.reason !== 'renew') return
    }
  }
}

for (const form of document.querySelectorAll('form[data-passkey]')) {
  if (!window.PublicKeyCredential) continue
  form.hidden = false
  const failed = form.querySelector('[role=alert]')
  form.addEventListener('submit', async (event) => {
    event.preventDefault()
    failed.hidden = true
    try {
      send(form, await ask(form))
    } catch {
      failed.hidden = false
      if (form.dataset.passkey === 'log-in') void offer(form)
    }
  })
  if (form.dataset.passkey === 'log-in') void offer(form)
}
for (const note of document.querySelectorAll('[data-with-passkeys]')) note.hidden = !window.PublicKeyCredential
for (const note of document.querySelectorAll('[data-without-passkeys]')) note.hidden = Boolean(window.PublicKeyCredential)

for (const button of document.querySelectorAll('button[data-copy]')) {
  button.hidden = !navigator.clipboard
  button.addEventListener('click', async () => {
    const field = document.getElementById(button.dataset.copy)
    await navigator.clipboard.writeText(field.value ?? field.innerText)
    button.textContent = button.dataset.done
    button.setAttribute('aria-live', 'polite')
  })
}

// What the browser has kept may be of somebody who is out by now.
addEventListener('pageshow', ({ persisted }) => persisted && location.replace(location.href))

for (const button of document.querySelectorAll('button[data-print]')) {
  button.hidden = false
  button.addEventListener('click', () => window.print())
}
`.trimStart()
