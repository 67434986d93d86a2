#!/usr/bin/env -S node --disable-warning=ExperimentalWarning
const [major, minor] = process.versions.node.split('.').map(Number)
if (major < 22 || (major === 22 && minor < 18)) {
  console.error(`error: This needs Node 22.18 or later, and is run by ${process.versions.node}.
  mend: install Node 24, or have npx fetch it: npx -y -p node@24 -- npx sallyport`)
  process.exit(1)
}
const { runProcess } = await import('@sallyport/cli')

await runProcess()
