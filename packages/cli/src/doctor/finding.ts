import { describe } from '../failure.ts'

/** How much it matters: `error` ends with exit code 1. */
export type Severity = 'ok' | 'advice' | 'warning' | 'error'

/** One thing that was looked at. */
export interface Finding {
  readonly severity: Severity
  /** What was looked at, as in `store`. */
  readonly area: string
  readonly message: string
  /** What to do about it; absent when all is well. */
  readonly mend?: string | undefined
}

/** Looks at one area. What it throws is a finding as well. */
export type Look = () => Promise<readonly Finding[]> | readonly Finding[]

/** The findings of one area. */
export interface Reporter {
  ok(message: string): Finding
  advice(message: string, mend: string): Finding
  warning(message: string, mend: string): Finding
  error(message: string, mend: string): Finding
}

export function reporter(area: string): Reporter {
  const finding = (severity: Severity) => (message: string, mend?: string) => ({ severity, area, message, mend })
  return { ok: finding('ok'), advice: finding('advice'), warning: finding('warning'), error: finding('error') }
}

/** What an area comes to, whatever happens there. */
export async function lookAt(area: string, look: Look): Promise<readonly Finding[]> {
  try {
    return await look()
  } catch (error) {
    const { message, mend } = describe(error)
    return [reporter(area).error(message, mend ?? 'see to it, and look again')]
  }
}
