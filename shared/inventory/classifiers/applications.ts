import { bitnami, nobody, type Product, type ProductParts } from './product.ts';

/** beside application.ini: the program under its names, what it starts, and its own libraries, among them NSS */
const ofMozilla: ProductParts = {
  home: /^(.*?)application\.ini$/,
  inside: [
    /^(?:firefox|thunderbird)(?:-bin|-esr)?$/,
    /^(?:crashhelper|crashreporter|glxtest|minidump-analyzer|pingsender|plugin-container|rnp-cli|rnpkeys|updater|v4l2test|vaapitest|vulkantest)$/,
    /^lib\w+\.so$/,
    /^gmp-clearkey\/[\d.]+\/libclearkey\.so$/,
  ],
};

/** Applications that a file of theirs tells of (extractors/mozilla.ts, extractors/erlang-app.ts). */
export const applications: readonly Product[] = [
  { id: 'firefox', cpe: 'mozilla:firefox', judge: nobody, parts: ofMozilla, classifiers: [] },
  { id: 'rabbitmq', cpe: 'vmware:rabbitmq', judge: bitnami('rabbitmq'), classifiers: [] },
  { id: 'thunderbird', cpe: 'mozilla:thunderbird', judge: nobody, parts: ofMozilla, classifiers: [] },
];
