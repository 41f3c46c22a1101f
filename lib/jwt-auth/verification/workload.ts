import { hasAnyMarks, type Marks } from './claim-mark.js';
import { clientIdsOf } from './client-names.js';
import type { DecodedToken } from './decode-token.js';
import { isAboutSomebody } from './id-token-likeness.js';
import { scopesOf } from './scopes.js';
import { PERSONAL } from './subject-marks.js';

/** It is a workload, a job or an agent, whoever set it off: a GitLab job also names the person who did. */
const WORKLOAD: readonly Marks[] = [
  [['kubernetes.io', true]],
  [['https://sts.amazonaws.com/', true]],
  [
    ['sub', /^\(age!/],
    ['tokenName', true],
  ], // PingAM
  [
    ['sub', /^agt_/],
    ['client_id', true],
    ['scope', false],
  ], // Auth0
  [['sub_profile', /^(?!user$)/]], // Auth0: any profile but that of a user
  [['xms_sub_fct', /\b1[13]\b/]], // Microsoft Entra: agents, and the users that are made for them
  [['xms_mirid', true]], // Azure: managed identities
  [[['google', 'compute_engine'], true]], // Google: machines
  [['repository_id', true]],
  [['repository_owner_id', true]],
  [['job_workflow_ref', true]],
  [['ci_config_ref_uri', true]],
  [
    ['project_path', true],
    ['ref', true],
  ],
  [
    ['project_id', true],
    ['ref', true],
  ],
  [
    ['project_id', true],
    ['pipeline_id', true],
  ],
  [['pipeline_slug', true]],
  [['repositoryUuid', true]], // Bitbucket
  [['pipelineUuid', true]],
  [['oidc.circleci.com/project-id', true]],
  [['terraform_run_id', true]],
  [['terraform_workspace_id', true]],
  [['nomad_job_id', true]],
  [
    ['clientHost', true],
    ['clientAddress', true],
  ], // Keycloak: mappers of service accounts alone
];

/** Who gives such names to workloads gives them to nobody else; elsewhere a user may have chosen one. */
const NAMES: readonly Marks[] = [
  [['sub', /^system:/]], // Kubernetes
  [['sub', /^arn:/]], // AWS
  [['sub', /^spiffe:\/\//]], // SPIFFE
  [['sub', /^\(age!/]], // PingAM
  [['sub', /^agt_/]], // Auth0
  // Jobs: GitHub, GitLab, CircleCI, Buildkite, Terraform, Vercel, Azure DevOps, Codefresh, Semaphore, Spacelift …
  [['sub', /^(?:repo|repository|project_path|project|pipeline|stack|space|sc):(?=.*[:/])/]],
  [
    [
      'sub',
      /^(?:org|organization|owner|account|team|acct)[:/][^:/]+[:/](?:[\w-]+[:/][^:/]*[:/])*(?:project|pipeline|workspace|repo|stack|environment|app)[:/]/,
    ],
  ],
];

/**
 * Whether a token is that of a workload; `'perhaps'` where nothing but `sub` says so, and the token comes from a grant or
 * a login, as those of users do. What signs tokens of workloads knows neither clients nor scopes.
 */
export function isWorkload(token: DecodedToken): boolean | 'perhaps' {
  if (hasAnyMarks(token, WORKLOAD)) return true;
  if (!hasAnyMarks(token, NAMES)) return false;
  const { claims } = token;
  const isGranted = clientIdsOf(claims).length > 0 || scopesOf(claims, ['scope', 'scp']).size > 0;
  return isGranted || isAboutSomebody(claims) || hasAnyMarks(token, PERSONAL) ? 'perhaps' : true;
}
