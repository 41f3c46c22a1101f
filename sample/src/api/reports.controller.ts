import { Body, Controller, Get, Post } from '@nestjs/common';
import { AccessToken, RequireScope } from 'nestjs-access-tokens';

interface Report {
  title: string;
  writtenBy: string | undefined;
}

/** A rule for all endpoints of a controller: `api1` of the app, and `reports.read`. */
@Controller('reports')
@RequireScope('reports.read')
export class ReportsController {
  private readonly reports: Report[] = [{ title: 'First quarter', writtenBy: 'the sample' }];

  @Get()
  list(): Report[] {
    return this.reports;
  }

  /** A rule for one action on top of the others: `api1`, `reports.read` and `reports.write`. */
  @Post()
  @RequireScope('reports.write')
  create(@Body('title') title: unknown, @AccessToken() token: AccessToken): Report {
    const report = { title: String(title), writtenBy: token.clientId };
    this.reports.push(report);
    return report;
  }
}
