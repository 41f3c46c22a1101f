import { isJsonObject } from '../../common/json.js';
import { oneOfFault } from '../../common/options/checks.js';
import { isAxios } from '../axios/is-axios.js';

export function axiosFault(path: string, value: unknown): string | undefined {
  return value === undefined || isAxios(value)
    ? undefined
    : `${path}: not Axios itself. Give what \`import axios from 'axios'\` brings, which is none of the instances that it creates, or leave the option out.`;
}

const TOKEN_KINDS: readonly unknown[] = ['client', 'user', 'exchange', 'forward'];

export function tokenKindFault(path: string, value: unknown): string | undefined {
  return oneOfFault(path, value, TOKEN_KINDS);
}

export function retryFault(path: string, value: unknown): string | undefined {
  if (isJsonObject(value)) return retryStatusesFault(path, value);
  return retryPolicyFault(path, value);
}

function isStatus(value: unknown): boolean {
  return Number.isInteger(value) && Number(value) >= 400 && Number(value) <= 499;
}

function retryStatusesFault(path: string, value: Record<string, unknown>): string | undefined {
  const { statuses, when, ...strangers } = value;
  const [stranger] = Object.keys(strangers);
  if (stranger !== undefined) return `${path}.${stranger}: no option. Use statuses and when.`;
  if (!Array.isArray(statuses) || statuses.length === 0 || !statuses.every(isStatus)) {
    return `${path}.statuses: not a list of statuses from 400 to 499. Give one, such as [401, 403].`;
  }
  return retryPolicyFault(`${path}.when`, when);
}

function retryPolicyFault(path: string, value: unknown): string | undefined {
  return typeof value === 'function'
    ? undefined
    : oneOfFault(path, value, ['safe', 'always', 'never']);
}

export function narrowerScopeFault(path: string, value: unknown): string | undefined {
  return oneOfFault(path, value, ['warn', 'error', 'ignore']);
}
