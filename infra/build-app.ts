import { App, type AppProps, type Stack, Tags, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks, ServerlessChecks } from 'cdk-nag';
import { type Config, readConfig } from './config.ts';
import { ObserveStack } from './observe-stack.ts';
import { RepairStack } from './repair-stack.ts';

/** The names of the stacks, as `cdk deploy` takes them. */
export const stackNames = { observe: 'DrydockObserve', repair: 'DrydockRepair' } as const;

/** The app and its stacks. */
export interface DrydockApp {
  readonly app: App;
  readonly config: Config;
  readonly observe: ObserveStack;
  /** only if the configuration says repair */
  readonly repair?: RepairStack;
}

/** Builds the app from its context. Throws ConfigError. Stacks name no account and no region: they are for whichever is deployed to. */
export function buildApp(props: AppProps = {}): DrydockApp {
  const app = new App(props);
  const config = readConfig((name) => app.node.tryGetContext(name));
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app), new ServerlessChecks(app));
  const observe = new ObserveStack(app, stackNames.observe, {
    config,
    description: 'Drydock: finds vulnerable container images. Changes no service, image or role.',
  });
  const stacks: Stack[] = [observe];
  const repair = config.repair
    ? new RepairStack(app, stackNames.repair, {
        config,
        observe,
        description: 'Drydock: repairs services that are tagged drydock:repair = ask or auto.',
      })
    : undefined;
  if (repair !== undefined) stacks.push(repair);
  for (const stack of stacks) Tags.of(stack).add('drydock:stack', stack.stackName);
  return { app, config, observe, ...(repair === undefined ? {} : { repair }) };
}
