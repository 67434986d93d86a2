declare module 'samlp' {
  const samlp: {
    auth(options: object): (req: object, res: object, next: (error: unknown) => void) => void
  }
  export default samlp
}
