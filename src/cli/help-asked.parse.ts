/** Whether the arguments ask how a command is used: that is answered on standard output and is no wrong use. */
export function asksForHelp(argv: readonly string[]): boolean {
  return argv[0] === 'help' || argv.some((word) => word === '--help' || word === '-h');
}
