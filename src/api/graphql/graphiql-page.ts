import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { FastifyInstance, FastifyReply } from 'fastify';

const PATH = '/graphiql';

/** Files of installed packages: the page works without a network, and no stranger's script meets a token. */
const FILES = {
  'react.js': ['react', 'umd/react.production.min.js'],
  'react-dom.js': ['react-dom', 'umd/react-dom.production.min.js'],
  'graphiql.js': ['graphiql', 'graphiql.min.js'],
  'graphiql.css': ['graphiql', 'graphiql.min.css'],
} as const;

const PAGE = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <title>GraphiQL</title>
    <link rel="stylesheet" href="${PATH}/graphiql.css" />
  </head>
  <body style="margin: 0">
    <div id="graphiql" style="height: 100vh">Loading …</div>
    <script src="${PATH}/react.js"></script>
    <script src="${PATH}/react-dom.js"></script>
    <script src="${PATH}/graphiql.js"></script>
    <script src="${PATH}/main.js"></script>
  </body>
</html>
`;

// Headers, and so tokens, live as long as the page.
const MAIN = `const fetcher = GraphiQL.createFetcher({ url: '/graphql' });
const props = { fetcher, isHeadersEditorEnabled: true, shouldPersistHeaders: false };
ReactDOM.createRoot(document.getElementById('graphiql')).render(React.createElement(GraphiQL, props));
`;

const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
const SCRIPT = 'text/javascript; charset=utf-8';

/** Serves GraphiQL, a page to try queries on. */
export function serveGraphiql(server: FastifyInstance): void {
  server.get(PATH, (_request, reply) => send(reply, 'text/html; charset=utf-8', PAGE));
  server.get(`${PATH}/main.js`, (_request, reply) => send(reply, SCRIPT, MAIN));
  for (const [name, [pack, file]] of Object.entries(FILES)) {
    const path = join(dirname(require.resolve(`${pack}/package.json`)), file);
    const type = name.endsWith('.css') ? 'text/css; charset=utf-8' : SCRIPT;
    // Read when it is first asked for, and kept: most processes are never asked.
    let content: Buffer | undefined;
    server.get(`${PATH}/${name}`, (_request, reply) =>
      send(reply, type, (content ??= readFileSync(path))),
    );
  }
}

function send(reply: FastifyReply, type: string, content: string | Buffer): FastifyReply {
  return reply.header('content-security-policy', POLICY).type(type).send(content);
}
