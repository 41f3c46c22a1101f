import { apiExperiments } from './api.experiments.js';
import { clientExperiments } from './client.experiments.js';
import { gateway } from './gateway.steps.js';
import type { Narrator } from './narrator.js';
import { outageExperiment } from './outage.experiment.js';
import { quickstart } from './quickstart.steps.js';
import { oneTokenForBoth } from './replicas/gateways.steps.js';
import { redisOutage } from './replicas/redis-outage.experiment.js';
import { ReplicasStage } from './replicas/replicas.stage.js';
import { oneSessionForBoth } from './replicas/webs.steps.js';
import { rules } from './rules.steps.js';
import { Stage } from './stage.js';
import { web } from './web.steps.js';

type AnyStage = Stage | ReplicasStage;

/** What the demo shows, on a stage of its own. */
export class Show {
  private constructor(
    readonly stage: AnyStage,
    /** Walks through all of it. */
    readonly play: (narrator: Narrator) => Promise<void>,
  ) {}

  /** Each part of the library on its own. */
  static async ofQuickstart(): Promise<Show> {
    const stage = await Stage.open();
    return new Show(stage, async (narrator) => {
      narrator.chapter('The quickstart');
      narrator.show(stage.describe());
      await quickstart(stage, narrator);
      narrator.chapter('Rules of the API');
      await rules(stage, narrator);
      narrator.chapter('A service that calls another');
      await gateway(stage, narrator);
      narrator.chapter('A user who signs in');
      await web(stage, narrator);
      narrator.chapter('Experiments: what you see when something is wrong');
      await clientExperiments(stage, narrator);
      await apiExperiments(stage, narrator);
      await outageExperiment(stage, narrator);
    });
  }

  /** Two of each application, with one Redis. */
  static async ofReplicas(): Promise<Show> {
    const stage = await ReplicasStage.open();
    return new Show(stage, async (narrator) => {
      narrator.chapter('Two replicas, one Redis');
      narrator.show(stage.describe());
      await oneTokenForBoth(stage, narrator);
      await oneSessionForBoth(stage, narrator);
      narrator.chapter('Experiment: Redis goes away and comes back');
      await redisOutage(stage, narrator);
    });
  }
}
