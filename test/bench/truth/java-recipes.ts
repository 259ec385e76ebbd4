import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { mavenSays } from './installed.ts';
import type { Recipe } from './recipe.ts';
import { run } from './run-tool.ts';

const dependencies = [
  ['org.springframework', 'spring-webmvc', '5.3.17'],
  ['com.fasterxml.jackson.core', 'jackson-databind', '2.13.2'],
  ['org.apache.logging.log4j', 'log4j-core', '2.14.1'],
  ['com.google.guava', 'guava', '31.1-jre'],
  ['commons-fileupload', 'commons-fileupload', '1.4'],
] as const;

interface Plugin {
  readonly group: string;
  readonly artifact: string;
  readonly version: string;
  readonly goal: string;
  readonly configuration?: string;
}

/** One application, packed by one of Maven's plugins. */
function packed(name: string, packaging: 'jar' | 'war', file: string, plugin: Plugin | undefined): Recipe {
  return {
    name: `java-${name}`,
    needs: ['mvn'],
    async make(folder) {
      const main = path.join(folder, 'src/main/java/bench');
      mkdirSync(main, { recursive: true });
      writeFileSync(
        path.join(main, 'App.java'),
        'package bench; public class App { public static void main(String[] a) {} }\n',
      );
      writeFileSync(path.join(folder, 'pom.xml'), pom(packaging, plugin));
      await run('mvn', ['-q', '-B', 'package', '-DskipTests'], folder);
      const place = path.join(folder, 'root/srv');
      mkdirSync(place, { recursive: true });
      cpSync(path.join(folder, 'target', file), path.join(place, file));
      return { trees: [path.join(folder, 'root')], installed: await mavenSays(folder) };
    },
  };
}

function pom(packaging: string, plugin: Plugin | undefined): string {
  const needed = dependencies
    .map(([group, artifact, version]) => `<dependency>${coordinates(group, artifact, version)}</dependency>`)
    .join('');
  const war = `<plugin>${coordinates('org.apache.maven.plugins', 'maven-war-plugin', '3.4.0')}<configuration><failOnMissingWebXml>false</failOnMissingWebXml></configuration></plugin>`;
  const packer =
    plugin === undefined
      ? ''
      : `<plugin>${coordinates(plugin.group, plugin.artifact, plugin.version)}<configuration>${plugin.configuration ?? ''}</configuration>` +
        `<executions><execution><phase>package</phase><goals><goal>${plugin.goal}</goal></goals></execution></executions></plugin>`;
  return (
    '<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>' +
    `${coordinates('bench', 'app', '1.0')}<packaging>${packaging}</packaging>` +
    '<properties><maven.compiler.source>11</maven.compiler.source><maven.compiler.target>11</maven.compiler.target></properties>' +
    `<dependencies>${needed}</dependencies><build><plugins>${packaging === 'war' ? war : ''}${packer}</plugins></build></project>`
  );
}

const coordinates = (group: string, artifact: string, version: string): string =>
  `<groupId>${group}</groupId><artifactId>${artifact}</artifactId><version>${version}</version>`;

/** One application in the three forms in which Java programs are shipped. */
export const javaRecipes: readonly Recipe[] = [
  packed('war', 'war', 'app-1.0.war', undefined),
  packed('spring-boot', 'jar', 'app-1.0.jar', {
    group: 'org.springframework.boot',
    artifact: 'spring-boot-maven-plugin',
    version: '2.7.18',
    goal: 'repackage',
    configuration: '<mainClass>bench.App</mainClass>',
  }),
  packed('shaded', 'jar', 'app-1.0.jar', {
    group: 'org.apache.maven.plugins',
    artifact: 'maven-shade-plugin',
    version: '3.5.1',
    goal: 'shade',
    configuration: '<createDependencyReducedPom>false</createDependencyReducedPom>',
  }),
];
