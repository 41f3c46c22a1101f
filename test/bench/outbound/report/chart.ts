import { barChart, barOf, type Panel } from '../../common/report/bar-chart.js';
import { cpuRatio } from '../statistics.js';
import { count, type Findings } from '../targets.js';

/** Four panels of bars: what a call costs, and what happens to the token endpoint and to those who wait. */
export function svgChart({ outcomes, trials }: Findings): string {
  const of = (workload: string) => outcomes.filter((outcome) => outcome.workload === workload);
  const panels: Panel[] = [
    {
      title: 'CPU of a call over HTTP, times bare Axios',
      bars: of('wire').map((outcome) => barOf(outcome.contestant, cpuRatio(outcome))),
    },
    {
      title: "CPU of a call in Axios' pipeline alone, times bare Axios",
      bars: of('pipeline').map((outcome) => barOf(outcome.contestant, cpuRatio(outcome))),
    },
    {
      title: 'Token requests for calls at once, and no token yet',
      bars: trials.cold.map(({ contestant, tokenRequests: value, failed }) => {
        const label = count(value) + (failed > 0 ? `, ${count(failed)} calls failed` : '');
        return { contestant, value, label };
      }),
    },
    {
      title: 'Calls that wait over 100 ms during renewals',
      bars: trials.renewals.map(({ contestant, late: value, calls }) => ({
        contestant,
        value,
        label: `${count(value)} of ${count(calls)}`,
      })),
    },
  ];
  const title = 'Calls with a token client beside bare Axios and other token clients';
  return barChart({ title, better: 'Lower' }, panels);
}
