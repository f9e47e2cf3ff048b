/** The command was not used as it says it is to be; what to do instead is in the message. */
export class WrongUse extends Error {}

const EXIT = { failed: 1, usage: 2 } as const;

/** Runs a command to its exit code, once what it wrote has left: a pipe takes it piece by piece. */
export function endWith(run: (argv: readonly string[]) => Promise<number>): void {
  run(process.argv.slice(2)).then(leave, (error: unknown) => {
    process.stderr.write(`stopledger: ${error instanceof Error ? error.message : String(error)}\n`);
    const isUse = error instanceof WrongUse || String(error).includes('ERR_PARSE_ARGS');
    leave(isUse ? EXIT.usage : EXIT.failed);
  });
}

function leave(code: number): void {
  process.stdout.write('', () => process.exit(code));
}
