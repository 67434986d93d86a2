import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { findBinary } from './binary.ts'
import { freePort, freshDirectory, type Server, startProcess } from './process.ts'

/** A real directory: plain and StartTLS at `url`, TLS at `secureUrl`, trusted through `ca`. */
export interface Directory extends Server {
  readonly secureUrl: string
  /** The certificate (PEM) of the authority that vouches for it. */
  readonly ca: string
}

/** Starts slapd with what an LDIF holds below a suffix; `root` may do everything. */
export async function startSlapd(options: {
  readonly suffix: string
  readonly root: { readonly dn: string; readonly password: string }
  readonly ldif: string
}): Promise<Directory> {
  const command = await findBinary('slapd', 'slapd', 'LDAP_URL')
  const directory = freshDirectory('slapd')
  const [port, securePort] = [await freePort(), await freePort()]
  const file = (name: string) => join(directory, name)
  const openssl = (...args: string[]) => must('openssl', args, directory)
  openssl(
    'req',
    '-x509',
    '-newkey',
    'rsa:2048',
    '-nodes',
    '-keyout',
    'ca.key',
    '-out',
    'ca.pem',
    '-days',
    '2',
    '-subj',
    '/CN=test authority',
  )
  openssl(
    'req',
    '-newkey',
    'rsa:2048',
    '-nodes',
    '-keyout',
    'server.key',
    '-out',
    'server.csr',
    '-subj',
    '/CN=localhost',
  )
  writeFileSync(file('names'), 'subjectAltName=DNS:localhost')
  openssl(
    'x509',
    '-req',
    '-in',
    'server.csr',
    '-CA',
    'ca.pem',
    '-CAkey',
    'ca.key',
    '-CAcreateserial',
    '-out',
    'server.pem',
    '-days',
    '2',
    '-extfile',
    'names',
  )
  writeFileSync(file('slapd.conf'), configuration(directory, options))
  writeFileSync(file('seed.ldif'), options.ldif)
  must(await findBinary('slapadd', 'slapd', 'LDAP_URL'), ['-q', '-f', 'slapd.conf', '-l', 'seed.ldif'], directory)
  const url = `ldap://localhost:${port}`
  const secureUrl = `ldaps://localhost:${securePort}`
  const server = await startProcess({
    directory,
    command,
    args: ['-f', file('slapd.conf'), '-h', `${url} ${secureUrl}`, '-d', 'stats'],
    ready: /slapd starting/,
    signal: 'SIGKILL',
  })
  // It says that it starts before it listens.
  for (const one of [port, securePort]) await listening(one)
  return { ...server, url, secureUrl, ca: readFileSync(file('ca.pem'), 'utf8') }
}

async function listening(port: number): Promise<void> {
  const socket = connect(port, 'localhost')
  try {
    await once(socket, 'connect')
  } catch {
    await setTimeout(20)
    return listening(port)
  } finally {
    socket.destroy()
  }
}

function configuration(directory: string, { suffix, root }: Parameters<typeof startSlapd>[0]): string {
  const schemas = ['core', 'cosine', 'inetorgperson'].map((name) => `include /etc/ldap/schema/${name}.schema`)
  return [
    ...schemas,
    'modulepath /usr/lib/ldap',
    'moduleload back_mdb',
    `TLSCertificateFile ${join(directory, 'server.pem')}`,
    `TLSCertificateKeyFile ${join(directory, 'server.key')}`,
    'database mdb',
    `suffix "${suffix}"`,
    `rootdn "${root.dn}"`,
    `rootpw ${root.password}`,
    `directory ${directory}`,
    'access to attrs=userPassword by anonymous auth by * none',
    'access to * by users read by anonymous auth',
    '',
  ].join('\n')
}

function must(command: string, args: readonly string[], cwd: string): void {
  const { status, stderr } = spawnSync(command, args, { cwd, encoding: 'utf8' })
  if (status !== 0) throw new Error(`${command}: ${stderr}`)
}
