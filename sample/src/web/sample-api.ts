import { Injectable } from '@nestjs/common';
import type { AxiosInstance } from 'axios';
import { InjectTokenClient } from 'nestjs-access-tokens';

/** What the API knows of a caller. */
export interface ApiClaim {
  type: string;
  value: unknown;
}

/** The API as this application sees it. Not a word about tokens: the clients see to them. */
@Injectable()
export class SampleApi {
  constructor(
    @InjectTokenClient('user-api') private readonly forUser: AxiosInstance,
    @InjectTokenClient('own-api') private readonly forItself: AxiosInstance,
  ) {}

  /** Called with the token of whoever is signed in, which is refreshed when it is due. */
  async whoIsTheUser(): Promise<ApiClaim[]> {
    const { data } = await this.forUser.get<ApiClaim[]>('/identity');
    return data;
  }

  /** Called with the token of this application. No user is needed for it. */
  async whoAmI(): Promise<ApiClaim[]> {
    const { data } = await this.forItself.get<ApiClaim[]>('/identity');
    return data;
  }
}
