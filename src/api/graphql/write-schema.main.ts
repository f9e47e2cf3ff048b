import 'reflect-metadata';
import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { schemaText } from './schema-text.js';

/** Writes the committed schema file. Run from the repository's root after a change of a noun or a resolver. */
void schemaText().then((text) =>
  writeFileSync(resolve('src', 'api', 'graphql', 'schema.graphql'), text),
);
