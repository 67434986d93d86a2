export { main } from './main.ts'
export { runProcess } from './process.ts'
export type { Terminal } from './terminal.ts'
