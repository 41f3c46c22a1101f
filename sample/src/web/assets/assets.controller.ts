import { Controller, Get, Header } from '@nestjs/common';
import { countdown, countdownPath } from './countdown.js';
import { stylesheet, stylesheetPath } from './stylesheet.js';

const forEver = 'public, max-age=31536000, immutable';

/** Named after what is in them, so that a browser may keep them for ever. */
@Controller()
export class AssetsController {
  @Get(stylesheetPath)
  @Header('Content-Type', 'text/css; charset=utf-8')
  @Header('Cache-Control', forEver)
  stylesheet(): string {
    return stylesheet;
  }

  @Get(countdownPath)
  @Header('Content-Type', 'text/javascript; charset=utf-8')
  @Header('Cache-Control', forEver)
  countdown(): string {
    return countdown;
  }
}
