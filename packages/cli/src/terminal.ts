/** Where a command reads and writes. */
export interface Terminal {
  /** The folder that paths are relative to. */
  readonly cwd: string
  readonly stdin: NodeJS.ReadStream
  readonly stdout: NodeJS.WriteStream
  readonly stderr: NodeJS.WriteStream
}
