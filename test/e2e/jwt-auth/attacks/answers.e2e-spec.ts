import { type ArgumentsHost, Catch, type ExceptionFilter, HttpException } from '@nestjs/common';
import { AccessTokenError } from 'nestjs-access-tokens';
import { type Answer, platforms } from '../../../support/app.js';
import { AuthorizationServer } from '../../../support/authorization-server.js';
import { forgeSigned, goodClaims } from '../../../support/forge.js';
import { expectRefused, startProtectedApi } from '../../../support/protected-api.js';
import { sendRaw } from '../../../support/raw-request.js';

@Catch()
class CatchAllFilter implements ExceptionFilter {
  catch(exception: unknown, host: ArgumentsHost): void {
    const code = exception instanceof HttpException ? exception.getStatus() : 500;
    host.switchToHttp().getResponse().status(code).send({ code });
  }
}

@Catch()
class TurnsAllInto500Filter implements ExceptionFilter {
  catch(_exception: unknown, host: ArgumentsHost): void {
    host.switchToHttp().getResponse().status(500).send({});
  }
}

@Catch(AccessTokenError)
class OurErrorsFilter implements ExceptionFilter {
  catch({ code }: AccessTokenError, host: ArgumentsHost): void {
    host.switchToHttp().getResponse().status(401).send({ code });
  }
}

describe.each(platforms)('the answer of an attacked API on %s', (platform) => {
  let server: AuthorizationServer;

  const answerOf = async (
    options: Partial<Parameters<typeof startProtectedApi>[0]>,
    ask: (url: string) => Promise<Answer> = (url) =>
      sendRaw(url, ['Authorization: Bearer bad'], { request: 'GET /read HTTP/1.1' }),
  ): Promise<Answer> => {
    const api = await startProtectedApi({ platform, issuer: server.issuer, ...options });
    const answer = await ask(api.url);
    await api.close();
    return answer;
  };

  beforeAll(async () => {
    server = await AuthorizationServer.start();
  });

  afterAll(() => server.stop());

  it.each([
    ['quotes', 'urn:"api"', 'urn:api'],
    ['a backslash', 'urn:\\api', 'urn:api'],
    ['letters beyond ASCII', 'urn:äpi-接口', 'urn:pi-'],
    ['another challenge', 'x", Basic realm="y', 'x, Basic realm=y'],
  ])('cannot be split by %s in the audience', async (_, audience, realm) => {
    const { status, challenge, headers } = await answerOf({ audience });
    expect(status).toBe(401);
    expect(challenge).toBe(
      `Bearer realm="${realm}", error="invalid_token", error_description="The access token is invalid"`,
    );
    expect(headers.get('set-cookie')).toBeNull();
  });

  it.each(['urn:api\r\nSet-Cookie: a=b', 'urn:\u0000api'])(
    'cannot be split by an audience that no token can name: %j does not start',
    async (audience) => {
      await expect(answerOf({ audience })).rejects.toThrow('or another control character');
    },
  );

  it('never holds what the token says of itself', async () => {
    const evil = '"\r\nSet-Cookie: a=b\r\n\r\n<script>é\u0000';
    const claims = goodClaims(server.issuer);
    const tokens = [
      forgeSigned({ alg: 'RS256', kid: evil }, claims, server.signingKey),
      forgeSigned({ alg: evil }, claims, server.signingKey, 'RS256'),
      forgeSigned({ alg: 'RS256', typ: evil }, claims, server.signingKey),
      ...['iss', 'aud', 'exp', 'token_use'].map((name) =>
        forgeSigned({ alg: 'RS256' }, { ...claims, [name]: evil }, server.signingKey),
      ),
    ];
    for (const token of tokens) {
      const answer = await answerOf({}, (url) => sendRaw(url, [`Authorization: Bearer ${token}`]));
      expectRefused(answer, (answer.body as { message: string }).message);
      expect(JSON.stringify([answer.body, ...answer.headers])).not.toMatch(/<script|cookie/i);
    }
  });

  describe('with exception filters of the application', () => {
    const challenge =
      'Bearer realm="https://api.example.com", error="invalid_token", error_description="The access token is invalid"';

    it('keeps status and challenge when one of them catches everything', async () => {
      const answer = await answerOf({ filters: [new CatchAllFilter()] });
      expect(answer).toMatchObject({ status: 401, challenge, body: { code: 401 } });
    });

    it('keeps the challenge even when one of them turns everything into 500', async () => {
      const answer = await answerOf({ filters: [new TurnsAllInto500Filter()] });
      expect(answer).toMatchObject({ status: 500, challenge });
    });

    it('can be changed by a filter for the errors of this package alone', async () => {
      const answer = await answerOf({ filters: [new OurErrorsFilter()] });
      expect(answer).toMatchObject({ status: 401, challenge, body: { code: 'invalid_token' } });
    });
  });

  it.each(['GET', 'HEAD', 'POST'])('never lets %s through without a token', async (method) => {
    const answer = await answerOf({}, (url) =>
      sendRaw(url, [], { request: `${method} / HTTP/1.1` }),
    );
    expect(answer).toMatchObject({
      status: 401,
      challenge: 'Bearer realm="https://api.example.com"',
    });
  });
});
