/** What a line is about, for programs: the ids by which lines, events and traces are joined. */
export type LineFields = Readonly<Record<string, string | number | undefined>>;

/** Tells whoever runs the process one line; who reads with programs gets its fields, too. */
export type Say = (line: string, fields?: LineFields) => void;
