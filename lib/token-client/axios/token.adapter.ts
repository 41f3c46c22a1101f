import {
  isAxiosError,
  type AxiosAdapter,
  type AxiosResponse,
  type InternalAxiosRequestConfig,
} from 'axios';
import type { AccessTokenError } from '../../common/access-token.error.js';
import { CallOptionNotAllowedError, OriginNotAllowedError } from '../calls/call.errors.js';
import type { IssuedToken } from '../../authorization-server/issued-token.js';
import { headerOf } from '../calls/answer-headers.js';
import { isForeign } from './axios-build.js';
import { AxiosCall } from './axios-call.js';
import { bodyStreamOf, withBodyStream } from './body-stream.js';
import { hasUserInfo } from '../calls/call-target.js';
import { checkCallOptions } from './call-options.js';
import type { CallingClient } from '../calls/calling-client.js';
import { Redaction, withCauses } from './redaction/redaction.js';
import { noteFailedCall } from './failed-call.js';
import { HiddenMembers } from './redaction/hidden-members.js';
import { missingScope } from './missing-scope.js';
import { explainedRedirect } from './redirect-answer.js';
import { isRefusal } from '../calls/retry-on-401.policy.js';
import { fencedRequest, requestToSend } from './request-to-send.js';
import { CallRetries } from './call-retries.js';
import { tokenOfCall } from './token-of-call.js';

/** What each token adapter sends with. */
const sending = new WeakMap<AxiosAdapter, { client: CallingClient; send: AxiosAdapter }>();

/** What a call is sent with. */
interface Sender {
  readonly send: AxiosAdapter;
  /** Whether what sends in the end is none of Axios' own. */
  readonly isForeign: boolean;
}

/**
 * Puts the token on a call, below everything else that Axios does: the interceptors of the application
 * have run, once, and neither they nor the config, the response or the error that comes back ever hold
 * the token. What is sent again is sent again here, so that nobody above notices.
 *
 * @param given the adapter that really sends; one that puts on the token of this client is as good as it is
 */
export function tokenAdapter(given: AxiosAdapter, client: CallingClient): AxiosAdapter {
  const known = sending.get(given);
  if (known?.client === client) return given;
  const send = known?.send ?? given;
  const sender: Sender = { send, isForeign: isForeign(send) };
  const adapter: AxiosAdapter = (config) => {
    const body = bodyStreamOf(config);
    const hidden = HiddenMembers.of(config);
    if (!client.connection.isStandard) client.connection.showOn(config);
    return body
      ? withBodyStream(body, config, send, client.axios, (take) =>
          callWithToken(config, hidden, { ...sender, send: take }, client),
        )
      : callWithToken(config, hidden, sender, client);
  };
  sending.set(adapter, { client, send });
  return adapter;
}

async function callWithToken(
  config: InternalAxiosRequestConfig,
  hidden: HiddenMembers | undefined,
  sender: Sender,
  client: CallingClient,
): Promise<AxiosResponse> {
  const call = new AxiosCall(config, client.targets.of(config), hidden);
  checkCallOptions(client, call);
  if (bringsCredentials(call, client)) return sendAsItIs(call, sender, client);
  let token = await tokenOfCall(client.tokens, call);
  let resends: CallRetries | undefined;
  for (;;) {
    const request = requestToSend(client, call, token, sender.isForeign);
    const sent = request instanceof Promise ? await request : request;
    const concealment = new Redaction(sent, config, sender.isForeign, client.axios);
    let response: AxiosResponse | undefined;
    let failure: unknown;
    try {
      response = concealment.response(await sender.send(sent));
    } catch (error) {
      failure = concealment.error(missingScope(error, client, call, token) ?? error);
    }
    const answer = response ?? (isAxiosError(failure) ? failure.response : undefined);
    if (answer && token.possession?.dpop) learnNonce(call.target, token, answer);
    if (answer && (answer.status === 401 || isRefusal(client.retryOn401, answer.status))) {
      resends ??= new CallRetries(client, call);
      const next = await resends.next(token, answer);
      if (next) {
        token = next;
        continue;
      }
    }
    if (response) return response;
    throw told(failure, client);
  }
}

/** Whoever brings credentials of their own wants those sent, and `Authorization: false` means none at all. */
function bringsCredentials({ config, target }: AxiosCall, { place }: CallingClient): boolean {
  const { headers } = config;
  return (
    Boolean(config.auth) ||
    headers.has('Authorization') ||
    (!place.isStandard && headers.has(place.header)) ||
    hasUserInfo(target)
  );
}

async function sendAsItIs(
  call: AxiosCall,
  { send, isForeign: foreign }: Sender,
  client: CallingClient,
): Promise<AxiosResponse> {
  const sent = fencedRequest(client, call, foreign);
  const concealment = new Redaction(sent, call.config, foreign, client.axios);
  try {
    return concealment.response(await send(sent));
  } catch (error) {
    throw told(concealment.error(error), client);
  }
}

/** What the caller is told of a failure that can be shown. */
function told(failure: unknown, { name }: CallingClient): unknown {
  noteFailedCall(failure, name);
  return refusedRedirect(failure) ?? explainedRedirect(failure, name);
}

/** Any answer can bring the nonce for the next call (RFC 9449 section 8.2). */
function learnNonce(target: string, { possession }: IssuedToken, answer: AxiosResponse): void {
  possession?.dpop?.nonces.learn(new URL(target).origin, headerOf(answer, 'dpop-nonce'));
}

/** What `beforeRedirect` throws comes back deep inside of an Axios error. */
function refusedRedirect(error: unknown): AccessTokenError | undefined {
  for (const cause of withCauses(error)) {
    if (cause instanceof OriginNotAllowedError || cause instanceof CallOptionNotAllowedError) {
      return cause;
    }
  }
  return undefined;
}
