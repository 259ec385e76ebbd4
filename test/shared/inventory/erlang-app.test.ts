import { describe, expect, test } from 'vitest';
import { inventoryOf, named } from './images.ts';

const systemd = `{application,systemd,
    [{description,"systemd integration, {vsn,\\"9.9\\"}"},
     {vsn,"0.6.1"},
     {registered,[systemd_socket,systemd_sup]},
     {applications,[kernel,stdlib,enough]},
     {mod,{systemd_app,[{vsn,"8.8"}]}},
     {env,
         [{auto_formatter,true},
          {vsn,"7.7"},
          {logger,
              [{handler,systemd_journal,systemd_journal_h,
                   #{formatter =>
                         {logger_formatter,#{template => [msg, $", "\\"", $\\\\]}}}}]}]},
     {modules, ['systemd','Elixir.Systemd']},
     {licenses,["Apache-2.0"]},
     {links,[{"GitHub","https://example.org/erlang-systemd"}]}]}.
`;
const stdlib = `%% This is an -*- erlang -*- file. "unbalanced
%%
{application, stdlib,
 [{description, "ERTS  CXC 138 10"},
  {vsn, "4.2"},
  {modules, [array,
	     base64]},
  {applications, [kernel]}]}.
`;

describe('Erlang and Elixir applications', () => {
  test('given a release, then its applications are Hex packages, and those of OTP are listed for themselves', async () => {
    const inventory = await inventoryOf({
      'app/lib/systemd-0.6.1/ebin/systemd.app': systemd,
      'app/lib/plug-1.15.3/ebin/plug.app': '{application,plug,[{optional_applications,[]},{vsn,"1.15.3"}]}.',
      'usr/lib/erlang/lib/stdlib-4.2/ebin/stdlib.app': stdlib,
      'usr/lib/elixir/lib/elixir/ebin/elixir.app': '{application,elixir,[{vsn,"1.14.0"}]}.',
    });
    expect(inventory.packages.map(({ key, purl }) => [key.ecosystem, purl])).toEqual([
      ['Hex', 'pkg:hex/plug@1.15.3'],
      ['Hex', 'pkg:hex/systemd@0.6.1'],
      ['OTP', 'pkg:otp/elixir@1.14.0'],
      ['OTP', 'pkg:otp/stdlib@4.2'],
    ]);
    expect(inventory.packages[1]?.licenses).toEqual(['Apache-2.0']);
  });

  test('given RabbitMQ as its archive lays it out, then the broker is known beside its applications, and judged', async () => {
    const plugins = 'opt/rabbitmq/plugins';
    const inventory = await inventoryOf({
      [`${plugins}/rabbit-3.10.8/ebin/rabbit.app`]:
        '{application, \'rabbit\', [\n\t{description, "RabbitMQ"},\n\t{vsn, "3.10.8"},\n\t{id, ""},\n\t{modules, [\'amqqueue\',\'rabbit\']}]}.\n',
      [`${plugins}/rabbit_common-3.10.8/ebin/rabbit_common.app`]:
        '{application, \'rabbit_common\', [{vsn, "3.10.8"}]}.',
      'app/lib/rabbit-1.0.0/ebin/rabbit.app': '{application,rabbit,[{vsn,"1.0.0"}]}.',
    });
    expect(inventory.packages.map(({ key, purl }) => [key.ecosystem, key.name, purl])).toEqual([
      ['Hex', 'rabbit', 'pkg:hex/rabbit@1.0.0'],
      ['Hex', 'rabbit', 'pkg:hex/rabbit@3.10.8'],
      ['Hex', 'rabbit_common', 'pkg:hex/rabbit_common@3.10.8'],
      ['Bitnami', 'rabbitmq', 'pkg:generic/rabbitmq@3.10.8'],
    ]);
  });

  test('given sources, data of test suites and folders of macOS, then they are no packages', async () => {
    const inventory = await inventoryOf({
      'app/deps/plug/src/plug.app.src': '{application,plug,[{vsn,"1"}]}.',
      'usr/lib/erlang/lib/kernel-8.5/test/application_SUITE_data/ebin/app1.app': '{application,app1,[{vsn,"1.0"}]}.',
      'Applications/Mail.app': 'x',
    });
    expect(inventory.packages).toEqual([]);
    expect(inventory.coverage.reasons.map(({ code }) => code)).toEqual(['unknown-distribution']);
  });

  test('given terms that are broken or of another name, then each is named', async () => {
    const inventory = await inventoryOf({
      'l/ebin/a.app': '{application,a,[{vsn,"1.0',
      'l/ebin/b.app': '{application,c,[{vsn,"1.0"}]}.',
      'l/ebin/d.app': '{application,d,[{vsn,git}]}.',
      'l/ebin/e.app': 'PK\x03\x04',
      'l/ebin/f.app': `{application,f,[{x,${'['.repeat(100_000)}`,
      'l/ebin/g.app': '{application,g,[{vsn,"1.0 2"}]}.',
    });
    expect(named(inventory)).toEqual([]);
    const reasons = inventory.coverage.reasons.filter(({ code }) => code === 'unreadable-evidence');
    expect(reasons.map(({ text }) => text)).toEqual([
      'l/ebin/a.app: this is no Erlang term',
      'l/ebin/b.app: this describes an application of another name',
      'l/ebin/d.app and 1 more: an Erlang application without a version',
      'l/ebin/e.app: this describes no Erlang application',
      'l/ebin/g.app: "1.0 2" cannot be a version (package g)',
    ]);
  });
});
