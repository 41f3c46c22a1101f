import type { Clock } from './clock.js';
import { remainingMs } from './remaining.js';

const INTERVAL_MS = 60_000;
const MAX_SUBJECTS = 50;

interface Subject {
  readonly toldAtMs: number;
  /** How often it came again without being told. */
  unsaid: number;
}

/**
 * Tells what comes again and again once in a while, and then how often it came meanwhile: for lines that strangers can
 * cause. The number of lines is bounded too, however many different things there are to tell.
 */
export class LogThrottle {
  /** In the order in which they were told. */
  private readonly subjects = new Map<string, Subject>();
  /** How much of other subjects was not told at all. */
  private others = 0;

  /**
   * @param intervalMs how long a subject is not told again
   * @param maxSubjects how many subjects are told in that time
   */
  constructor(
    private readonly clock: Clock,
    private readonly intervalMs = INTERVAL_MS,
    private readonly maxSubjects = MAX_SUBJECTS,
  ) {}

  /**
   * The line to write; nothing where it is not the time for one.
   *
   * @param subject what it is about, without what differs from time to time
   */
  line(subject: string, text: () => string): string | undefined {
    const now = this.clock.now();
    const before = this.subjects.get(subject);
    if (before && this.isQuiet(before, now)) {
      before.unsaid += 1;
      return undefined;
    }
    if (!before && !this.hasRoom(now)) {
      this.others += 1;
      return undefined;
    }
    const counted = text() + this.count(before, now);
    this.subjects.delete(subject);
    this.subjects.set(subject, { toldAtMs: now, unsaid: 0 });
    return counted;
  }

  private isQuiet({ toldAtMs }: Subject, nowMs: number): boolean {
    return remainingMs(toldAtMs + this.intervalMs, nowMs, this.intervalMs) > 0;
  }

  /** Forgets what was told long ago, to make room. */
  private hasRoom(nowMs: number): boolean {
    if (this.subjects.size < this.maxSubjects) return true;
    for (const [name, subject] of this.subjects) {
      if (this.isQuiet(subject, nowMs)) break;
      this.others += subject.unsaid;
      this.subjects.delete(name);
    }
    return this.subjects.size < this.maxSubjects;
  }

  private count(before: Subject | undefined, nowMs: number): string {
    const parts: string[] = [];
    if (before && before.unsaid > 0) {
      const seconds = Math.max(1, Math.round((nowMs - before.toldAtMs) / 1000));
      parts.push(`${before.unsaid} more in the last ${seconds} s`);
    }
    if (this.others > 0) parts.push(`${this.others} of other kinds were not told`);
    this.others = 0;
    return parts.length > 0 ? ` (${parts.join('; ')})` : '';
  }
}
