import { Narrator } from '../../sample/src/demo/narrator.js';

describe('The narrator of the demo', () => {
  let lines: string[];
  const terminal = { log: (text: string) => void lines.push(text) };
  beforeEach(() => (lines = []));

  async function play(narrator: Narrator, met: boolean): Promise<void> {
    narrator.chapter('One');
    await narrator.step('The client calls', async () => {
      narrator.show('GET /orders\n200');
      narrator.check('it may', true);
    });
    narrator.chapter('Another part');
    await narrator.step('It calls again', async () => {
      narrator.show('GET /orders\n403');
      narrator.check('it may', true);
      narrator.check('and still', met);
    });
  }
  /** How long it took is not the same each time. */
  const summaryOf = (narrator: Narrator) => narrator.summary().replaceAll(/\d+\.\d s/g, '0.0 s');

  it('has one line for a step', async () => {
    await play(new Narrator({ terminal }), true);
    expect(lines).toEqual([
      '\n== One ==',
      '✓ 1. The client calls',
      '\n== Another part ==',
      '✓ 2. It calls again',
    ]);
  });

  it('shows all of a step that fails', async () => {
    await play(new Narrator({ terminal }), false);
    expect(lines.slice(2)).toEqual([
      '\n== Another part ==',
      '✗ 2. It calls again',
      '   GET /orders\n   403\n ✓ it may\n ✗ and still',
    ]);
  });

  it('shows all of each step where it is to', async () => {
    await play(new Narrator({ terminal, verbose: true }), true);
    expect(lines.slice(0, 4)).toEqual([
      '\n== One ==',
      '\n1. The client calls',
      '   GET /orders\n   200',
      ' ✓ it may',
    ]);
  });

  it('fails a step that throws, and one that checks nothing', async () => {
    const narrator = new Narrator({ terminal });
    await narrator.step('It throws', () => Promise.reject(new TypeError('no good')));
    await narrator.step('It does nothing', async () => undefined);
    expect(narrator.failures).toEqual([
      '1. It throws: the step went through',
      '2. It does nothing: something was checked',
    ]);
    expect(lines[1]).toContain('TypeError: no good');
  });

  it('ends with a table', async () => {
    const narrator = new Narrator({ terminal });
    await play(narrator, true);
    expect(summaryOf(narrator)).toBe(
      [
        '               steps  checks  failed    time',
        'One                1       1       0   0.0 s',
        'Another part       1       2       0   0.0 s',
        '--------------------------------------------',
        'in all             2       3       0   0.0 s',
        '',
        'All 2 steps came out as they should (3 checks).',
      ].join('\n'),
    );
  });

  it('names in the end what failed', async () => {
    const narrator = new Narrator({ terminal });
    await play(narrator, false);
    expect(summaryOf(narrator)).toMatch(
      / {7}2 {7}3 {7}1 {3}0\.0 s\n\nFAILED\n {2}2\. It calls again: and still$/,
    );
  });
});
