import { sha256, Sightings } from '../../lib/common/sightings.js';

describe('Sightings', () => {
  it('tells what was seen from what is new', () => {
    const sightings = new Sightings(1_000);
    const [a, b] = [sha256('a'), sha256('b')];
    expect([sightings.has(a), sightings.add(a), sightings.add(a)]).toEqual([false, false, true]);
    expect([sightings.has(a), sightings.has(b)]).toEqual([true, false]);
  });

  it('forgets the oldest in a flood, and mistakes hardly any for another', () => {
    const sightings = new Sightings(1_024);
    const seen = Array.from({ length: 100_000 }, (_, i) => sightings.add(sha256(`${i}`)));
    expect(seen.filter(Boolean)).toHaveLength(0);
  });
});
