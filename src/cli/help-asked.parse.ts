/** Whether the arguments ask how a command is used: that is answered on standard output and is no wrong use. */
function asksForHelp(argv: readonly string[]): boolean {
  return argv[0] === 'help' || argv.some((word) => word === '--help' || word === '-h');
}

/** Answers such a question; false when none was asked. */
export function answersHelp(argv: readonly string[], usage: string): boolean {
  const isAsked = asksForHelp(argv);
  if (isAsked) process.stdout.write(`${usage}\n`);
  return isAsked;
}
