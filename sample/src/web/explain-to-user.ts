import { HttpException } from '@nestjs/common';
import { isAxiosError } from 'axios';
import {
  LoginError,
  LoginFailedError,
  TokenEndpointUnavailableError,
  TokenRequestError,
  UserTokenStoreError,
} from 'nestjs-access-tokens';
import { ClientOfflineError, DisconnectsClientError, SocketClosedUnexpectedlyError } from 'redis';
import type { ErrorPage } from './pages/error.page.js';

/** What the client of Redis throws where there is none, where it goes away, and where it is given up. */
const NO_SESSIONS = [ClientOfflineError, SocketClosedUnexpectedlyError, DisconnectsClientError];

/** What somebody who only wanted to use this application is told, and with which status. */
export function explainToUser(error: unknown): ErrorPage {
  if (error instanceof UserTokenStoreError) {
    return {
      status: 503,
      title: 'Your access cannot be looked up',
      text: 'What keeps the tokens cannot be reached, so the API was not called. You are still signed in: please try again in a moment.',
      action: 'retry',
    };
  }
  if (error instanceof TokenEndpointUnavailableError) {
    return {
      status: 503,
      title: 'The identity server cannot be reached',
      text: 'There is no access token at the moment, so the API was not called. You are still signed in: please try again in a moment.',
      action: 'retry',
    };
  }
  if (error instanceof TokenRequestError) {
    return {
      status: 502,
      title: 'The identity server said no',
      text: 'It gives this application no access token. Trying again will not help: somebody has to look into the log.',
    };
  }
  if (error instanceof LoginFailedError) {
    const { message } = error;
    const action = error.getStatus() === 503 ? 'sign-in' : undefined;
    return { status: error.getStatus(), title: 'Signing in does not work', text: message, action };
  }
  if (error instanceof LoginError) {
    const status = error.getStatus();
    const title = status === 403 ? 'You were not signed out' : 'You were not signed in';
    return { status, title, text: error.message, action: status === 403 ? undefined : 'sign-in' };
  }
  if (NO_SESSIONS.some((kind) => error instanceof kind)) {
    return {
      status: 503,
      title: 'Nobody is known at the moment',
      text: 'What keeps the sessions cannot be reached. Please try again in a moment.',
      action: 'retry',
    };
  }
  if (isAxiosError(error)) {
    return explainApi(error.response?.status, error.code);
  }
  return error instanceof HttpException ? explainRequest(error) : unknownError;
}

/** The API, or the way to it. A refusal is the fault of this application, and not of its user. */
function explainApi(status: number | undefined, code: string | undefined): ErrorPage {
  if (status === 429 || status === 503) {
    return {
      status: 503,
      title: 'The API is busy',
      text: 'It asks us to wait a moment.',
      action: 'retry',
    };
  }
  if (status !== undefined) {
    return {
      status: 502,
      title: 'The API did not answer as it should',
      text: `It answered with status ${status}.`,
      action: 'retry',
    };
  }
  const late = code === 'ECONNABORTED' || code === 'ETIMEDOUT';
  return {
    status: late ? 504 : 502,
    title: late ? 'The API did not answer in time' : 'The API cannot be reached',
    text: 'It may not be running. You are still signed in: please try again in a moment.',
    action: 'retry',
  };
}

function explainRequest(error: HttpException): ErrorPage {
  const status = error.getStatus();
  if (status >= 500) {
    return { ...unknownError, status };
  }
  return status === 404
    ? { status, title: 'There is no such page', text: 'The address may be mistyped.' }
    : { status, title: 'That did not work', text: error.message };
}

const unknownError: ErrorPage = {
  status: 500,
  title: 'Something went wrong',
  text: 'The fault is ours, and it is in the log.',
};
