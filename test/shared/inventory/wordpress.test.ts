import { describe, expect, test } from 'vitest';
import { inventoryOf, named } from './images.ts';

const version = `<?php
/**
 * WordPress Version
 *
 * @package WordPress
 */

/**
 * @global string $wp_version
 */
$wp_version = '6.1.1';
$wp_db_version = 53496;
`;
const akismet = `<?php
/**
 * @package Akismet
 */
/*
Plugin Name: Akismet Anti-Spam
Plugin URI: https://akismet.com/
Description: Protect your blog from <strong>spam</strong>. Version: 9.9
Version: 5.0.2
Requires at least: 5.0
License: GPLv2 or later
*/
`;

describe('WordPress', () => {
  test('given core, plugins of every layout and a theme, then each is found by its head', async () => {
    const inventory = await inventoryOf({
      'var/www/html/wp-includes/version.php': version,
      'var/www/html/wp-content/plugins/akismet/akismet.php': akismet,
      'var/www/html/wp-content/plugins/akismet/class.akismet.php': '<?php\nclass Akismet {}\n',
      'var/www/html/wp-content/plugins/hello.php':
        '<?php\n/**\n * @package Hello_Dolly\n * @version 1.7.2\n */\n/*\nPlugin Name: Hello Dolly\nVersion: 1.7.2 */\n',
      'var/www/html/wp-content/mu-plugins/loader/main.php': '<?php /* Plugin Name: Loader\n * Version: 0.1\n */',
      'var/www/html/wp-content/themes/twentytwentyone/style.css':
        '@charset "UTF-8";\n\n/*\nTheme Name: Twenty Twenty-One\nVersion: 1.7\nLicense: GNU General Public License v2 or later\n*/\n',
      'var/www/html/wp-content/plugins/index.php': '<?php\n// Silence is golden.\n',
    });
    expect(named(inventory)).toEqual([
      'plugin/akismet@5.0.2',
      'plugin/hello@1.7.2',
      'plugin/loader@0.1',
      'theme/twentytwentyone@1.7',
      'wordpress@6.1.1',
    ]);
    expect(inventory.packages.map(({ key, purl }) => [key.ecosystem, purl])).toEqual([
      ['WordPress', 'pkg:generic/wordpress-plugin/akismet@5.0.2'],
      ['WordPress', 'pkg:generic/wordpress-plugin/hello@1.7.2'],
      ['WordPress', 'pkg:generic/wordpress-plugin/loader@0.1'],
      ['WordPress', 'pkg:generic/wordpress-theme/twentytwentyone@1.7'],
      ['Bitnami', 'pkg:generic/wordpress@6.1.1'],
    ]);
    expect(inventory.packages[0]?.licenses).toEqual(['GPLv2 or later']);
  });

  test('given files deeper inside, and heads that stand too far down, then they say nothing', async () => {
    const inventory = await inventoryOf({
      'w/wp-content/plugins/akismet/views/plugin.php': akismet,
      'w/wp-content/plugins/far/far.php': `<?php\n${'// x\n'.repeat(2000)}/*\nPlugin Name: Far\nVersion: 1\n*/`,
      'w/wp-admin/includes/plugin.php':
        '<?php\n/*\n *     Plugin Name: Name of the plugin.\n *     Version: Plugin version.\n*/',
      'w/theme/style.css': '/*\nTheme Name: Other\nVersion: 1\n*/',
    });
    expect(inventory.packages).toEqual([]);
    expect(inventory.coverage.reasons.map(({ code }) => code)).toEqual(['unknown-distribution']);
  });

  test('given heads without a version and hostile ones, then each is a reason', async () => {
    const inventory = await inventoryOf({
      'w/wp-content/plugins/a/a.php': '<?php /*\nPlugin Name: A\n*/',
      'w/wp-content/plugins/b b/b.php': '<?php /*\nPlugin Name: B\nVersion: 1.0\n*/',
      'w/wp-content/themes/c/style.css': '/*\nTheme Name: C\nVersion: \n*/',
      'w/wp-content/themes/d/style.css': '/*\nTheme Name: D\nVersion: {{version}} of it\n*/',
      'w/wp-includes/version.php': '<?php\n$wp_version = WP_VERSION;\n',
    });
    expect(inventory.packages).toEqual([]);
    expect(inventory.coverage.reasons.map(({ code, path }) => [code, path])).toEqual([
      ['unknown-version', 'w/wp-content/plugins/a/a.php'],
      ['unreadable-evidence', 'w/wp-content/plugins/b b/b.php'],
      ['unknown-version', 'w/wp-content/themes/c/style.css'],
      ['unreadable-evidence', 'w/wp-content/themes/d/style.css'],
      ['unknown-version', 'w/wp-includes/version.php'],
      ['unknown-distribution', undefined],
    ]);
  });
});
