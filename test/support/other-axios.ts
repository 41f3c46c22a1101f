import type { AxiosStatic } from 'axios';

/** Axios once more, with classes of its own: as a CommonJS application holds it beside the build of an ES module. */
export function otherAxios(): AxiosStatic {
  let other: AxiosStatic | undefined;
  jest.isolateModules(() => {
    other = jest.requireActual<AxiosStatic>('axios');
  });
  if (!other) throw new Error('There is no Axios.');
  return other;
}
