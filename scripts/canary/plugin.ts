/** Where the sources are overheard: in each file, what is put behind which piece of it. */
const seams: Readonly<Record<string, readonly (readonly [anchor: string, code: string])[]>> = {
  'packages/core/src/event-bus.ts': [
    [
      'const event = Object.freeze({ type, at: now(), ...printable({ ...describeOrigin(from), ...details }) })',
      "; sallyportCanary.watch('an event', event);",
    ],
    ['return (error) => {', "sallyportCanary.watch('a fault', error);"],
  ],
  'packages/core/src/errors.ts': [['this.code = code', "; sallyportCanary.watch('an error', code, options);"]],
  'packages/core/src/factors/password-hash.ts': [
    ['async hash(password) {', 'sallyportCanary.learn(password);'],
    ['async verify(hash, password) {', 'sallyportCanary.learn(password);'],
  ],
}

/** Lets the tests overhear every event, fault and error of the sources. What is published knows nothing of it. */
export function canaryPlugin(): { readonly name: string; transform(code: string, id: string): string | undefined } {
  return {
    name: 'sallyport-canary',
    transform(code, id) {
      const file = Object.keys(seams).find((path) => id.split('?')[0]?.replaceAll('\\', '/').endsWith(path))
      if (file === undefined) return undefined
      return (seams[file] ?? []).reduce((text, [anchor, more]) => {
        if (!text.includes(anchor))
          throw new Error(`${file} has no \`${anchor}\` any more: mend scripts/canary/plugin.ts.`)
        return text.replace(anchor, `${anchor}${more}`)
      }, code)
    },
  }
}
