import type { AxiosStatic } from 'axios';

/** What clients and their errors are made with: all of Axios that there are two of where an application holds both builds. */
export type AxiosBuild = Pick<
  AxiosStatic,
  | 'AxiosError'
  | 'AxiosHeaders'
  | 'CanceledError'
  | 'CancelToken'
  | 'create'
  | 'defaults'
  | 'getAdapter'
  | 'VERSION'
>;

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
