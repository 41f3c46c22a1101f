/** Who this API is, in all tokens of the bench. */
export const AUDIENCE = 'https://api.example.com';

/** As many as in the figures of the issue. */
export const CONNECTIONS = 32;

export const PLATFORMS = ['fastify', 'express'] as const;
export type Platform = (typeof PLATFORMS)[number];

export const ALGORITHMS = ['RS256', 'ES256', 'EdDSA'] as const;
export type Algorithm = (typeof ALGORITHMS)[number];

export const WORKLOADS = ['one', 'rotation', 'new'] as const;
export type Workload = (typeof WORKLOADS)[number];

export const WORKLOAD_LABELS: Record<Workload, string> = {
  one: 'one token repeated',
  rotation: '1,000 tokens in rotation',
  new: 'every token new',
};

export type ServerName = 'open' | 'twin' | 'ours' | 'stock' | 'plain' | 'bearer';

/** One who is measured, each time beside its base: the same server with the door open. */
export interface Contestant {
  readonly name: ServerName;
  readonly label: string;
  readonly base: ServerName;
  readonly platforms: readonly Platform[];
  readonly algorithms: readonly Algorithm[];
}

const everywhere = { platforms: PLATFORMS, algorithms: ALGORITHMS };

export const CONTESTANTS: readonly Contestant[] = [
  { name: 'twin', label: 'open endpoint, twin (noise)', base: 'open', ...everywhere },
  { name: 'ours', label: 'nestjs-access-tokens', base: 'open', ...everywhere },
  {
    name: 'stock',
    label: 'passport-jwt + jwks-rsa',
    base: 'open',
    platforms: PLATFORMS,
    algorithms: ['RS256', 'ES256'], // jsonwebtoken knows no EdDSA
  },
  {
    name: 'bearer',
    label: 'express-oauth2-jwt-bearer',
    base: 'plain', // Express without Nest, as is its open endpoint
    platforms: ['express'],
    algorithms: ALGORITHMS,
  },
];

/** One figure of the result. */
export interface Cell {
  readonly platform: Platform;
  readonly algorithm: Algorithm;
  readonly workload: Workload;
  readonly contestant: Contestant;
}

export function cellsOf(algorithms: readonly Algorithm[]): Cell[] {
  return PLATFORMS.flatMap((platform) =>
    algorithms.flatMap((algorithm) =>
      WORKLOADS.flatMap((workload) =>
        CONTESTANTS.filter(
          ({ platforms, algorithms: known }) =>
            platforms.includes(platform) && known.includes(algorithm),
        ).map((contestant) => ({ platform, algorithm, workload, contestant })),
      ),
    ),
  );
}
