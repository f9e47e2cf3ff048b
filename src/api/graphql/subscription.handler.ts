import type { IncomingMessage } from 'node:http';
import { GraphQLError, OperationTypeNode, getOperationAST, parse, validate } from 'graphql';
import type { ExecutionArgs, GraphQLSchema } from 'graphql';
import { CloseCode, MessageType, handleProtocols, makeServer } from 'graphql-ws';
import type { Context, SubscribePayload } from 'graphql-ws';
import { WebSocketServer } from 'ws';
import type { WebSocket } from 'ws';
import type { Grant } from '../../application/ports/access.port.js';
import { asCaller, caller } from '../access/caller.js';
import { bearerIn } from '../live/live-door.js';
import { refuseUpgrade } from '../upgrades.js';
import type { Upgrade } from '../upgrades.js';
import { SharedExecution } from './shared-execution.js';
import type { Listener } from './shared-execution.js';
import { QUERY_RULES, QUERY_TOKENS_MAX, tooNested } from './query-limits.js';

export const GRAPHQL_PATH = '/graphql';

export interface SubscriptionTerms {
  readonly schema: () => GraphQLSchema;
  /** May this be asked from where it is asked? A status line where it may not. */
  readonly doorFor: (request: IncomingMessage) => string | undefined;
  /** Whose token it is: of the header, or of `connection_init` where there was none. A text: nobody's. */
  readonly judge: (request: IncomingMessage, token: string | undefined) => Grant | string;
  readonly limits?: Partial<SubscriptionLimits>;
}

export interface SubscriptionLimits {
  readonly connectionsMax: number;
  readonly perConnectionMax: number;
  readonly pingMs: number;
  /** Nothing is sent to who has not said who they are, and they have not long. */
  readonly initMsMax: number;
}

const LIMITS: SubscriptionLimits = {
  connectionsMax: 500,
  perConnectionMax: 50,
  pingMs: 15_000,
  initMsMax: 3_000,
};
const MESSAGE_BYTES_MAX = 65_536;
const GOING_AWAY = 1001;

interface Connection {
  readonly socket: WebSocket;
  readonly request: IncomingMessage;
  token: string | undefined;
  grant: Grant | undefined;
  isAlive: boolean;
}

type Ctx = Context<Record<string, unknown>, Connection>;

/**
 * GraphQL subscriptions over WebSocket (protocol graphql-transport-ws). A message is written before the next is made: who
 * reads slowly is written to slowly, and the source tells them what they missed.
 */
export class SubscriptionHandler {
  private readonly sockets = new WebSocketServer({
    ...{ noServer: true, maxPayload: MESSAGE_BYTES_MAX, perMessageDeflate: false },
    handleProtocols,
  });
  private readonly connections = new Set<Connection>();
  private readonly limits: SubscriptionLimits;
  private readonly pingTimer: NodeJS.Timeout;
  private readonly server;
  private readonly shared = new SharedExecution();

  constructor(private readonly terms: SubscriptionTerms) {
    this.limits = { ...LIMITS, ...terms.limits };
    this.pingTimer = setInterval(() => this.ping(), this.limits.pingMs).unref();
    this.server = makeServer<Record<string, unknown>, Connection>({
      connectionInitWaitTimeout: this.limits.initMsMax,
      onConnect: (ctx) => this.enter(ctx),
      onSubscribe: (ctx, id, payload) => this.operation(ctx, id, payload),
      subscribe: (args) => this.shared.subscribe(args, args.contextValue as Listener),
    });
  }

  upgrade(): Upgrade {
    return (request, socket, head) => {
      const refusal = this.terms.doorFor(request);
      if (refusal !== undefined) refuseUpgrade(socket, refusal);
      else if (this.connections.size >= this.limits.connectionsMax) {
        refuseUpgrade(socket, '503 Service Unavailable');
      } else {
        this.sockets.handleUpgrade(request, socket, head, (client) => this.open(client, request));
      }
    };
  }

  get connectionCount(): number {
    return this.connections.size;
  }

  close(): void {
    clearInterval(this.pingTimer);
    for (const { socket } of this.connections) {
      socket.close(GOING_AWAY);
      socket.terminate();
    }
  }

  private open(socket: WebSocket, request: IncomingMessage): void {
    const connection: Connection = {
      ...{ socket, request, token: undefined, grant: undefined, isAlive: true },
    };
    this.connections.add(connection);
    const closed = this.server.opened(
      {
        protocol: socket.protocol,
        send: (text) => written(socket, text),
        close: (code, reason) => socket.close(code, reason),
        onMessage: (take) => {
          socket.on('message', (data) => {
            const text = (data as Buffer).toString('utf8');
            const { grant } = connection;
            const taken = grant ? asCaller(grant, () => take(text)) : take(text);
            taken.catch(() => socket.close(CloseCode.InternalServerError, 'a fault here'));
          });
        },
      },
      connection,
    );
    socket.on('pong', () => (connection.isAlive = true));
    socket.on('error', () => socket.terminate());
    socket.once('close', (code, reason) => {
      this.connections.delete(connection);
      void closed(code, reason.toString());
    });
  }

  /** False closes the connection with 4403. */
  private enter({ extra, connectionParams }: Ctx): boolean {
    extra.token = bearerIn(
      connectionParams?.['authorization'] ?? connectionParams?.['Authorization'],
    );
    const grant = this.terms.judge(extra.request, extra.token);
    if (typeof grant === 'string') return false;
    extra.grant = grant;
    return true;
  }

  private operation(
    { subscriptions, extra }: Ctx,
    id: string,
    { query, variables, operationName }: SubscribePayload,
  ): ExecutionArgs | readonly GraphQLError[] {
    // The one that is asked for has its place already.
    if (Object.keys(subscriptions).length > this.limits.perConnectionMax) {
      const most = String(this.limits.perConnectionMax);
      return [new GraphQLError(`A connection has at most ${most} subscriptions.`)];
    }
    const schema = this.terms.schema();
    const nested = tooNested(query);
    if (nested) return [nested];
    try {
      const document = parse(query, { maxTokens: QUERY_TOKENS_MAX });
      const errors = validate(schema, document, QUERY_RULES);
      if (errors.length > 0) return errors;
      if (getOperationAST(document, operationName)?.operation !== OperationTypeNode.SUBSCRIPTION) {
        return [new GraphQLError('Queries and mutations are sent by POST.')];
      }
      return {
        ...{ schema, document, operationName },
        variableValues: variables,
        contextValue: listenerOf(extra.socket, id, [query, operationName, variables]),
      };
    } catch (error) {
      if (error instanceof GraphQLError) return [error];
      throw error;
    }
  }

  private ping(): void {
    for (const connection of this.connections) {
      const { socket, request, token, grant } = connection;
      const mayStay = !grant || typeof this.terms.judge(request, token) !== 'string';
      if (!connection.isAlive || !mayStay) {
        socket.close(CloseCode.Forbidden, 'Forbidden');
        socket.terminate();
        continue;
      }
      connection.isAlive = false;
      socket.ping();
    }
  }
}

/** Whoever asks the same and may see the same is answered the same. */
function listenerOf(socket: WebSocket, id: string, asked: readonly unknown[]): Listener {
  const { accounts, scopes } = caller();
  const seen = accounts === 'all' ? accounts : [...accounts].sort();
  const head = `{"id":${JSON.stringify(id)},"type":"${MessageType.Next}","payload":`;
  return {
    question: JSON.stringify([asked, seen, [...scopes].sort()]),
    tell: (result) => written(socket, `${head}${result}}`),
  };
}

/** Resolves once the socket has taken it. */
function written(socket: WebSocket, text: string): Promise<void> {
  return new Promise((resolve) => socket.send(text, () => resolve()));
}
