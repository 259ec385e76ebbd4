import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { defaultPolicy } from '#shared/policy';
import { accountSettings } from './account-settings.ts';
import { allowedActions, type Template } from './allowed-actions.ts';
import { announcement } from './announcement.ts';
import { contextOf, deployOptions, deployUsage, UsageError } from './arguments.ts';
import { confirmed, failed } from './ask.ts';
import { stackNames } from './build-app.ts';
import { projectRoot } from './bundling.ts';
import { CdkFailed, cdk, cdkOut } from './cdk-cli.ts';
import { accountId, functionThere, listRegistry, regionOf, sendTo } from './cloud.ts';
import { type Config, ConfigError, readConfig } from './config.ts';
import { type DayOne, estimateDayOne, idleCost } from './costs.ts';
import { firstMessages, OutputsError } from './first-sweep.ts';
import { remediateName } from './observe-stack.ts';

const outputsFile = path.join(cdkOut, 'outputs.json');

async function deploy(args: readonly string[]): Promise<number> {
  const options = deployOptions(args);
  if (options === 'help') {
    process.stdout.write(deployUsage);
    return 0;
  }
  await cdk(['synth', '--quiet', ...contextOf(options)]);
  const config = await configOf(options);
  const observe = await template(stackNames.observe);
  const repair = config.repair ? await template(stackNames.repair) : undefined;
  const [account, region] = await Promise.all([accountId().catch(() => undefined), regionOf()]);
  process.stdout.write(
    `\n${announcement({
      ...(account === undefined ? {} : { account }),
      ...(region === undefined ? {} : { region }),
      config,
      observe: allowedActions(observe),
      ...(repair === undefined ? {} : { repair: allowedActions(repair) }),
      settings: [observe, ...(repair === undefined ? [] : [repair])].flatMap(accountSettings),
      idle: idleCost(observe),
      dayOne: await dayOne(config),
      repairThere: account !== undefined && (await functionThere(remediateName)),
    })}\n`,
  );
  if (!(await confirmed('Deploy this?', { yes: options.yes, word: 'yes' }))) {
    process.stdout.write('Nothing was changed.\n');
    return 1;
  }
  // what was shown is what is deployed: the templates are not made again
  await cdk(['deploy', '--all', '--app', cdkOut, '--require-approval', 'never', '--outputs-file', outputsFile]);
  const outputs = JSON.parse(await readFile(outputsFile, 'utf8')) as Record<string, Record<string, string>>;
  const at = { account: account ?? '000000000000', region: region ?? '' };
  for (const message of firstMessages(outputs[stackNames.observe] ?? {}, new Date(), at))
    await sendTo(message.queueUrl, message.event, message.delaySeconds);
  process.stdout.write(
    '\nThe first sweep has begun: what runs, then the newest tags. "npx drydock status" shows how far it is, "npx drydock open" the page.\n',
  );
  return 0;
}

async function configOf(options: Parameters<typeof contextOf>[0]): Promise<Config> {
  const cdkJson = JSON.parse(await readFile(path.join(projectRoot, 'cdk.json'), 'utf8')) as { context: object };
  const local = await readFile(path.join(projectRoot, 'cdk.context.json'), 'utf8').catch(() => '{}');
  const given = Object.fromEntries(
    contextOf(options)
      .filter((entry) => entry !== '--context')
      .map((entry) => [entry.slice(0, entry.indexOf('=')), entry.slice(entry.indexOf('=') + 1)]),
  );
  const context = new Map(Object.entries({ ...cdkJson.context, ...JSON.parse(local), ...given }));
  return readConfig((name) => context.get(name));
}

const template = async (stack: string): Promise<Template> =>
  JSON.parse(await readFile(path.join(cdkOut, `${stack}.template.json`), 'utf8')) as Template;

async function dayOne(config: Config): Promise<DayOne | string> {
  try {
    const { listed, cut } = await listRegistry({ images: 20_000, milliseconds: 60_000 });
    return estimateDayOne(listed, {
      cut,
      // the policy that holds until the user has pushed one
      policy: defaultPolicy.sweep,
      functions: config.backlogConcurrency,
      memoryMb: config.scanMemory,
    });
  } catch (error) {
    return `ECR could not be read (${error instanceof Error ? error.message : String(error)})`;
  }
}

try {
  process.exitCode = await deploy(process.argv.slice(2));
} catch (error) {
  process.exitCode = failed(error, [UsageError, ConfigError, CdkFailed, OutputsError]);
}
