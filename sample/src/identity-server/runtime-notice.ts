/**
 * oidc-provider 9 says on Node 20 that it wants Node 22. All that the samples use of it works on Node 20,
 * so that one line is dropped. This file must be imported before oidc-provider.
 */
if (Number.parseInt(process.versions.node, 10) < 22) {
  const { warn } = console;
  console.warn = (...message: unknown[]) => {
    if (String(message[0]).includes('Unsupported runtime')) {
      console.warn = warn;
    } else {
      warn(...message);
    }
  };
}
