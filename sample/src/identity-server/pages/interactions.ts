import { errors, type InteractionResults, type Provider } from 'oidc-provider';
import { authenticate, type User } from '../users.js';
import { consentPage } from './consent.page.js';
import type { Context } from './context.js';
import { showErrorPage } from './error.page.js';
import { showHome } from './home.page.js';
import { loginPage } from './login.page.js';
import { readForm } from './read-form.js';
import { showPage } from './show-page.js';
import { stylesheet, stylesheetPath } from './stylesheet.js';

type Interaction = Awaited<ReturnType<Provider['interactionDetails']>>;

export const interactionPath = (uid: string) => `/interaction/${uid}`;

/**
 * The pages at which a user signs in and consents. oidc-provider sends the browser here, and what we
 * find out goes back to it. Its cookie, which is sent along from no other site and only to the one
 * address of this interaction, is what protects the forms against forgery.
 */
export function serveInteractions(provider: Provider, users: readonly User[]): void {
  provider.use(async (ctx, next) => {
    if (ctx.path === stylesheetPath) {
      ctx.type = 'css';
      ctx.set('cache-control', 'public, max-age=31536000, immutable');
      ctx.body = stylesheet;
    } else if (ctx.path === '/') {
      showHome(ctx);
    } else if (ctx.path.startsWith(interactionPath(''))) {
      await interact(ctx, provider, users).catch((error: unknown) => showTrouble(ctx, error));
    } else {
      await next();
    }
  });
}

async function interact(ctx: Context, provider: Provider, users: readonly User[]): Promise<void> {
  const interaction = await provider.interactionDetails(ctx.req, ctx.res);
  if (ctx.path !== interactionPath(interaction.uid)) {
    throw new errors.SessionNotFound('this is another sign-in than the one under way');
  }
  if (ctx.method !== 'POST') {
    return ask(ctx, provider, interaction, users);
  }
  const form = await readForm(ctx.req);
  const result = await decide(provider, interaction, form, users);
  if (!result) {
    return ask(ctx, provider, interaction, users, form.get('username') ?? '');
  }
  const merge = { mergeWithLastSubmission: interaction.prompt.name === 'consent' };
  ctx.status = 303;
  ctx.redirect(await provider.interactionResult(ctx.req, ctx.res, result, merge));
}

/** What comes of a form. Nothing comes of a wrong password. */
async function decide(
  provider: Provider,
  interaction: Interaction,
  form: URLSearchParams,
  users: readonly User[],
): Promise<InteractionResults | undefined> {
  const decision = form.get('decision');
  if (interaction.prompt.name === 'login' && decision === 'sign-in') {
    const user = authenticate(users, form.get('username') ?? '', form.get('password') ?? '');
    return user && { login: { accountId: user.id } };
  }
  if (interaction.prompt.name === 'consent' && decision === 'allow') {
    return { consent: { grantId: await grantWhatIsMissing(provider, interaction) } };
  }
  return { error: 'access_denied', error_description: 'The user said no.' };
}

async function grantWhatIsMissing(provider: Provider, interaction: Interaction): Promise<string> {
  const { session, params, grantId } = interaction;
  const known = grantId === undefined ? undefined : await provider.Grant.find(grantId);
  const grant =
    known ??
    new provider.Grant({ accountId: session?.accountId, clientId: String(params['client_id']) });
  const { openid, claims, apis } = missingFrom(interaction);
  grant.addOIDCScope(openid.join(' '));
  grant.addOIDCClaims(claims);
  for (const [api, scopes] of Object.entries(apis)) {
    grant.addResourceScope(api, scopes.join(' '));
  }
  return grant.save();
}

async function ask(
  ctx: Context,
  provider: Provider,
  interaction: Interaction,
  users: readonly User[],
  failedName?: string,
): Promise<void> {
  const { params, prompt, session } = interaction;
  const clientId = String(params['client_id']);
  const application = (await provider.Client.find(clientId))?.clientName ?? clientId;
  const leadsTo = params['redirect_uri'];
  if (prompt.name === 'login') {
    const hint = params['login_hint'];
    const username = failedName ?? (typeof hint === 'string' ? hint : undefined);
    showPage(ctx, loginPage({ application, username, failed: failedName !== undefined, leadsTo }));
  } else {
    const user = users.find(({ id }) => id === session?.accountId)?.name ?? '';
    showPage(ctx, consentPage({ application, user, missing: missingFrom(interaction), leadsTo }));
  }
}

function missingFrom({ prompt: { details } }: Interaction) {
  const apis = Object.entries({ ...Object(details['missingResourceScopes']) });
  return {
    openid: strings(details['missingOIDCScope']),
    claims: strings(details['missingOIDCClaims']),
    apis: Object.fromEntries(apis.map(([api, scopes]) => [api, strings(scopes)])),
  };
}

function strings(list: unknown): string[] {
  return Array.isArray(list) ? list.filter((item) => typeof item === 'string') : [];
}

/** Mostly a form that was left open for too long, or opened again after it had been sent. */
function showTrouble(ctx: Context, error: unknown): void {
  if (!(error instanceof errors.OIDCProviderError)) {
    throw error;
  }
  ctx.status = error.statusCode;
  showErrorPage(
    ctx,
    error.error,
    'This sign-in is over. Go back to the application and try again.',
  );
}
