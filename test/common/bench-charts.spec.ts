import { readFileSync } from 'node:fs';
import { barChart, barOf } from '../bench/common/report/bar-chart.js';
import { circumstances } from '../bench/common/report/table.js';

const results = (bench: string, type: string): string =>
  readFileSync(`test/bench/${bench}/results/standard.${type}`, 'utf8');

describe('the charts of the benches', () => {
  it('say which way is better, when and where they were made', () => {
    const contestant = { label: 'ours', colour: '#1a7f37' };
    const bars = [barOf(contestant, { median: 1, min: 0.5, max: 2 })];
    const chart = barChart({ title: 'CPU of a call', better: 'Lower' }, [{ title: 'a', bars }]);
    expect(chart).toContain(`>CPU of a call. Lower is better. ${circumstances()}.</text>\n</svg>`);
  });

  it.each([
    ['inbound', 'Higher'],
    ['outbound', 'Lower'],
    ['replicas', 'Lower'],
  ])('in the repository do so: %s', (bench, better) => {
    const [made] =
      /^\d{4}-\d\d-\d\d, Node [\d.]+, \d+ × .+?(?=; |\. )/m.exec(results(bench, 'md')) ?? [];
    expect(made).toBeDefined();
    expect(results(bench, 'svg')).toContain(`. ${better} is better. ${made}.</text>\n</svg>`);
  });
});
