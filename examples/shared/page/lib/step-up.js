import { call, Cancelled, wrongPassword } from './api.js'
import { dialog } from './dialog.js'
import { h } from './dom.js'
import { factorWays, passwordWay, prove } from './prove.js'
import { directoryFields, leaveFor } from './provider.js'

/** Does something that needs a recent authentication: when the server asks for one, so does this, and tries again. */
export async function withStepUp(action) {
  try {
    return await action()
  } catch (error) {
    if (error.code !== 'step_up_required') throw error
    await confirmItIsYou(error.document.requirement ?? {})
    return action()
  }
}

async function confirmItIsYou(requirement) {
  const found = await Promise.all([
    call('GET', '/auth/session'),
    call('GET', '/auth/factors'),
    call('GET', '/auth/identities'),
    call('GET', '/auth/providers'),
  ])
  const confirmed = await dialog('Please confirm that it is you', (close) => {
    const ways = waysFor(requirement, found, () => close(true))
    const why = h('p', {}, 'You logged in a while ago, and this is something that nobody else should do in your place.')
    if (ways.length === 0) return h('div', {}, why, h('p', {}, 'Please log out, and log in again.'))
    const label = 'Confirm that it is you'
    return h('div', {}, why, prove({ ways, label, action: 'Confirm', cancel: () => close(false) }))
  })
  if (!confirmed) throw new Cancelled()
}

/** What would do: where two factors are asked for, the second one alone proves both. */
function waysFor({ assurance }, [session, factors, identities, providers], done) {
  const reauthenticate = async (body) => {
    await call('POST', '/auth/reauthenticate', body)
    done()
  }
  const byFactor = factorWays(
    factors.items.map(({ factor }) => factor),
    { begin: (factor) => call('POST', '/auth/reauthenticate/begin', { factor }), finish: reauthenticate },
  )
  if (assurance === 2) return byFactor
  const linked = new Set(identities.items.map(({ provider }) => provider))
  const byProvider = providers.items.filter(({ id }) => linked.has(id)).map((provider) => providerWay(provider, done))
  const hasPassword = session.assurance.methods.includes('pwd') || linked.size === 0
  const byPassword = passwordWay((password) => reauthenticate({ password }).catch(wrongPassword))
  return [...(hasPassword ? [byPassword] : []), ...byProvider, ...byFactor]
}

function providerWay({ id, label, protocol }, done) {
  const path = `/auth/reauthenticate/${id}`
  const show = (frame) => {
    if (protocol !== 'ldap') {
      const start = () => call('POST', path, { returnTo: `/?confirmed=1${location.hash}` })
      return frame(() => leaveFor(start), h('p', {}, `${label} asks you to log in. Then do it here once more.`))
    }
    const fields = directoryFields()
    const submit = async () => {
      await call('POST', path, fields.read())
      done()
    }
    return frame(submit, ...fields.elements)
  }
  return { label, show }
}
