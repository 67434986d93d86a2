import { execFile } from 'node:child_process'
import { existsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { type Finding, reporter } from './finding.ts'

const { ok, warning, error } = reporter('secrets')

/** Whether the file with the secrets is where nobody else sees it. */
export async function lookAtEnvironment(folder: string): Promise<readonly Finding[]> {
  const file = join(folder, '.env')
  if (!existsSync(file)) return []
  const findings: Finding[] = []
  if (process.platform !== 'win32' && (statSync(file).mode & 0o044) !== 0) {
    findings.push(warning('.env can be read by other users of this machine.', 'chmod 600 .env'))
  }
  if (await git(folder, 'ls-files', '--error-unmatch', '.env')) {
    findings.push(
      error(
        '.env is in the repository, and with it the secret.',
        'git rm --cached .env, and `sallyport secret --rotate`',
      ),
    )
  } else if ((await git(folder, 'rev-parse')) && !(await git(folder, 'check-ignore', '-q', '.env'))) {
    findings.push(warning('.env may be committed by accident.', 'write .env into .gitignore'))
  }
  return findings.length > 0 ? findings : [ok('.env is kept apart.')]
}

/** Whether git agrees; not where there is none. */
async function git(cwd: string, ...args: readonly string[]): Promise<boolean> {
  return promisify(execFile)('git', args, { cwd }).then(
    () => true,
    () => false,
  )
}
