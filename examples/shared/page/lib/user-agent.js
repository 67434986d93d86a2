const browsers = [
  [/Edg\//, 'Edge'],
  [/OPR\//, 'Opera'],
  [/Firefox\//, 'Firefox'],
  [/Chrome\/|Chromium\//, 'Chrome'],
  [/Safari\//, 'Safari'],
  [/^curl\//, 'curl'],
  [/^node/, 'Node.js'],
]
const systems = [
  [/iPhone|iPad/, 'iOS'],
  [/Android/, 'Android'],
  [/Windows/, 'Windows'],
  [/Mac OS X|Macintosh/, 'macOS'],
  [/Linux/, 'Linux'],
]

/** “Firefox on Windows”, as well as it can be told. */
export function describe(userAgent) {
  if (!userAgent) return 'A program'
  const found = (list) => list.find(([pattern]) => pattern.test(userAgent))?.[1]
  const browser = found(browsers) ?? userAgent.slice(0, 40)
  const system = found(systems)
  return system ? `${browser} on ${system}` : browser
}
