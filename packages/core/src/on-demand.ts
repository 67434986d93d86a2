/** Functions that all answer by a promise. */
type Asynchronous<Functions> = { readonly [Name in keyof Functions]: (...args: never[]) => Promise<unknown> }

/**
 * The same functions, whose code is loaded with the first call of one of them: who does not use a feature does not load
 * it. What could not be loaded is tried again with the next call.
 */
export function onDemand<Functions extends Asynchronous<Functions>>(
  load: () => Promise<Functions>,
  names: { readonly [Name in keyof Functions]: true },
): Functions {
  const forward =
    (name: keyof Functions) =>
    async (...args: never[]) =>
      (await load())[name](...args)
  const functions = (Object.keys(names) as (keyof Functions)[]).map((name) => [name, forward(name)] as const)
  return Object.fromEntries(functions) as unknown as Functions
}

/** Calls once what succeeds. */
export function once<Result>(load: () => Promise<Result>): () => Promise<Result> {
  let loaded: Promise<Result> | undefined
  return () => {
    loaded ??= load().catch((error: unknown) => {
      loaded = undefined
      throw error
    })
    return loaded
  }
}
