import { createRequire } from 'node:module';
import { types } from 'node:util';
import { IssuedToken } from '../../authorization-server/issued-token.js';
import { type AxiosBuild, isAxios } from './is-axios.js';

/**
 * The build of Axios that the CommonJS module gets which has required this package; none where it was imported, and for a
 * bundle, in which there is only one. Node.js keeps what is required in a list, and whoever required it in the same list.
 *
 * @param version what is of another version may be another Axios than the one that the package was installed with
 */
export function requiredAxios(version: string): AxiosBuild | undefined {
  try {
    const modules = Object.values(createRequire(process.execPath).cache);
    const own = modules.find((module) => isThisPackage(module?.exports));
    const application = own && modules.find((module) => module?.children.includes(own));
    const axios: unknown = application?.require('axios');
    return isAxios(axios) && axios.VERSION === version ? axios : undefined;
  } catch {
    // There is none to be found, or a runner of tests has a list of its own.
    return undefined;
  }
}

function isThisPackage(exported: unknown): boolean {
  // Only of ES modules: to read a member of what CommonJS modules export may run code of theirs.
  if (!types.isModuleNamespaceObject(exported)) return false;
  return Reflect.get(Object(exported), 'IssuedToken') === IssuedToken;
}
