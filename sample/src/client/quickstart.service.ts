import { Injectable } from '@nestjs/common';
import type { AxiosInstance } from 'axios';
import { decodeJwt, decodeProtectedHeader } from 'jose';
import { ClientTokenService, InjectTokenClient, type IssuedToken } from 'nestjs-access-tokens';
import { discover } from './discover.js';
import { formatJson, shorten } from './format.js';

export type Print = (text: string) => void;

/** The steps of the quickstart. An application needs the last one only, which does the others by itself. */
@Injectable()
export class Quickstart {
  constructor(
    private readonly tokens: ClientTokenService,
    @InjectTokenClient('api') private readonly api: AxiosInstance,
  ) {}

  /** What the authorization server says about itself. */
  async discover(issuer: string, print: Print): Promise<string> {
    const metadata = await discover(issuer);
    print(`Discovery at ${issuer}`);
    print(metadata);
    return metadata;
  }

  async requestToken(print: Print): Promise<IssuedToken> {
    const token = await this.tokens.getToken('api');
    print('Token response');
    print(
      formatJson({
        accessToken: shorten(token.accessToken),
        tokenType: token.tokenType,
        expiresAt: token.expiresAt,
        scopes: [...token.scopes],
      }),
    );
    return token;
  }

  /** A client has no business reading its token, which is meant for the API. You have, to learn. */
  decodeToken({ accessToken }: IssuedToken, print: Print): void {
    print('The token, decoded');
    print(formatJson(decodeProtectedHeader(accessToken)));
    print(formatJson(decodeJwt(accessToken)));
  }

  async callApi(print: Print): Promise<unknown> {
    const { data } = await this.api.get<unknown>('/identity');
    print(`Answer of GET ${this.api.getUri({ url: '/identity' })}`);
    print(formatJson(data));
    return data;
  }
}
