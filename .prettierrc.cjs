module.exports = {
    bracketSpacing: true,
    printWidth: 120,
    tabWidth: 4,
    trailingComma: "es5",
    xmlWhitespaceSensitivity: "preserve",
    plugins: [require.resolve("@prettier/plugin-xml")],
    overrides: [{ files: "*.json", options: { printWidth: 160 } }],
};
