import type { AxiosBuild } from './axios-build.js';

const MEMBERS = [
  'AxiosError',
  'AxiosHeaders',
  'CanceledError',
  'CancelToken',
  'create',
  'getAdapter',
];

/** Whether a value is Axios itself, and not one of the instances that it makes. */
export function isAxios(value: unknown): value is AxiosBuild {
  if (typeof value !== 'function') return false;
  return MEMBERS.every((name) => typeof Reflect.get(value, name) === 'function');
}
