import {
  ForbiddenException,
  type CanActivate,
  type ExecutionContext,
  Injectable,
} from '@nestjs/common';
import type { Request } from 'express';

/**
 * Forms are taken from pages of this application only. `SameSite` of the session cookie is not enough: another
 * port of the same host is the same site.
 */
@Injectable()
export class OwnPageGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const request = context.switchToHttp().getRequest<Request>();
    const fromOwnPage = request.get('sec-fetch-site') === 'same-origin';
    if (request.method === 'GET' || request.method === 'HEAD' || fromOwnPage) {
      return true;
    }
    throw new ForbiddenException('This is only possible from a page of this application.');
  }
}
