"""What defines something, one tree-sitter query a language: see grammar.py for which files they are for.

A query captures a whole definition under its kind (`@function`, `@class`, ...) and the name in it as `@name`; a capture that begins
with an underscore only says which words are meant.
"""

from __future__ import annotations

PYTHON = """
(class_definition name: (identifier) @name) @class
(function_definition name: (identifier) @name) @function
(module (expression_statement (assignment left: (identifier) @name)) @constant)
(module (expression_statement (assignment left: (pattern_list (identifier) @name))) @constant)
(module (if_statement (block (expression_statement (assignment left: (identifier) @name)) @constant)))
(module (try_statement (block (expression_statement (assignment left: (identifier) @name)) @constant)))
(class_definition body: (block (expression_statement (assignment left: (identifier) @name)) @attribute))
(type_alias_statement left: (type (identifier) @name)) @type
"""
ECMASCRIPT = """
(function_declaration name: (identifier) @name) @function
(generator_function_declaration name: (identifier) @name) @function
(method_definition name: (_) @name) @method
(program (lexical_declaration (variable_declarator name: (identifier) @name)) @constant)
(program (variable_declaration (variable_declarator name: (identifier) @name)) @constant)
(program (export_statement (lexical_declaration (variable_declarator name: (identifier) @name)) @constant))
(lexical_declaration (variable_declarator name: (identifier) @name value: [(arrow_function) (function_expression)])) @function
(variable_declaration (variable_declarator name: (identifier) @name value: [(arrow_function) (function_expression)])) @function
(expression_statement (assignment_expression left: (member_expression property: (property_identifier) @name)
  right: [(arrow_function) (function_expression)])) @function
(pair key: (property_identifier) @name value: [(arrow_function) (function_expression)]) @method
"""
"""What JavaScript and TypeScript share."""

JAVASCRIPT = (
    ECMASCRIPT
    + """
(class_declaration name: (_) @name) @class
(class name: (_) @name) @class
(field_definition property: (_) @name value: [(arrow_function) (function_expression)]) @method
(field_definition property: (_) @name) @attribute
"""
)
TYPESCRIPT = (
    ECMASCRIPT
    + """
(function_signature name: (identifier) @name) @function
(class_declaration name: (type_identifier) @name) @class
(abstract_class_declaration name: (type_identifier) @name) @class
(class name: (type_identifier) @name) @class
(interface_declaration name: (type_identifier) @name) @interface
(interface_body (method_signature name: (_) @name) @method)
(interface_body (property_signature name: (_) @name) @attribute)
(type_alias_declaration name: (type_identifier) @name) @type
(enum_declaration name: (identifier) @name) @enum
(enum_body name: (property_identifier) @name @constant)
(enum_body (enum_assignment name: (_) @name) @constant)
(internal_module name: (_) @name) @module
(abstract_method_signature name: (_) @name) @method
(class_body (method_signature name: (_) @name) @method)
(public_field_definition name: (_) @name value: [(arrow_function) (function_expression)]) @method
(public_field_definition name: (_) @name) @attribute
(program (ambient_declaration (lexical_declaration (variable_declarator name: (identifier) @name))) @constant)
"""
)
GO = """
(function_declaration name: (identifier) @name) @function
(method_declaration name: (field_identifier) @name) @method
(method_elem name: (field_identifier) @name) @method
(type_declaration (type_spec name: (type_identifier) @name)) @type
(type_declaration (type_alias name: (type_identifier) @name)) @type
(source_file (const_declaration (const_spec name: (identifier) @name) @constant))
(source_file (var_declaration (var_spec name: (identifier) @name) @variable))
(source_file (var_declaration (var_spec_list (var_spec name: (identifier) @name) @variable)))
"""
RUST = """
(function_item name: (identifier) @name) @function
(function_signature_item name: (identifier) @name) @function
(struct_item name: (type_identifier) @name) @struct
(enum_item name: (type_identifier) @name) @enum
(enum_variant name: (identifier) @name) @constant
(union_item name: (type_identifier) @name) @struct
(trait_item name: (type_identifier) @name) @trait
(impl_item type: (_) @name) @impl
(type_item name: (type_identifier) @name) @type
(associated_type name: (type_identifier) @name) @type
(mod_item name: (identifier) @name body: (_)) @module
(const_item name: (identifier) @name) @constant
(static_item name: (identifier) @name) @constant
(macro_definition name: (identifier) @name) @macro
"""
JAVA = """
(class_declaration name: (identifier) @name) @class
(interface_declaration name: (identifier) @name) @interface
(enum_declaration name: (identifier) @name) @enum
(enum_constant name: (identifier) @name) @constant
(record_declaration name: (identifier) @name) @class
(annotation_type_declaration name: (identifier) @name) @interface
(annotation_type_element_declaration name: (identifier) @name) @method
(method_declaration name: (identifier) @name) @method
(constructor_declaration name: (identifier) @name) @method
(compact_constructor_declaration name: (identifier) @name) @method
(field_declaration declarator: (variable_declarator name: (identifier) @name)) @attribute
(constant_declaration declarator: (variable_declarator name: (identifier) @name)) @constant
"""
SQL = """
(create_table (object_reference name: (identifier) @name)) @table
(create_view (object_reference name: (identifier) @name)) @view
(create_materialized_view (object_reference name: (identifier) @name)) @view
(create_function (object_reference name: (identifier) @name)) @function
(create_index column: (identifier) @name) @index
(create_type (object_reference name: (identifier) @name)) @type
(create_trigger . (keyword_create) (keyword_trigger) . (object_reference name: (identifier) @name)) @trigger
"""
RUBY = """
(class name: (_) @name) @class
(module name: (_) @name) @module
(method name: (_) @name) @method
(singleton_method name: (_) @name) @method
(alias name: (_) @name) @method
(assignment left: (constant) @name) @constant
(call !receiver method: (identifier) @_says arguments: (argument_list . (simple_symbol) @name)
  (#eq? @_says "scope")) @scope
(call !receiver method: (identifier) @_says arguments: (argument_list . (simple_symbol) @name)
  (#match? @_says "^(belongs_to|has_one|has_many|has_and_belongs_to_many|has_(one|many)_attached|has_rich_text)$")) @association
(call !receiver method: (identifier) @_says arguments: (argument_list (simple_symbol) @name)
  (#match? @_says "^(thread_)?([cm]?attr(ibute)?_(reader|writer|accessor)|class_attribute|store_accessor|delegate)$")) @attribute
(call !receiver method: (identifier) @_says arguments: (argument_list . (simple_symbol) @name)
  (#match? @_says "^(attribute|enum|serialize|composed_of|alias_attribute)$")) @attribute
(call !receiver method: (identifier) @_says arguments: (argument_list . (pair key: (hash_key_symbol) @name))
  (#eq? @_says "enum")) @attribute
(call !receiver method: (identifier) @_says arguments: (argument_list . [(simple_symbol) (string (string_content))] @name)
  (#match? @_says "^(define_method|define_singleton_method|alias_method)$")) @method
(call !receiver method: (identifier) @_says arguments: (argument_list . (simple_symbol) @name) block: (_)
  (#match? @_says "^(concerning|concern)$")) @module
(call !receiver method: (identifier) @_says arguments: (argument_list . (simple_symbol) @name) block: (_)
  (#match? @_says "^(task|multitask)$")) @task
(call !receiver method: (identifier) @_says arguments: (argument_list . (pair key: (hash_key_symbol) @name)) block: (_)
  (#match? @_says "^(task|multitask)$")) @task
"""
PHP = """
(class_declaration name: (name) @name) @class
(interface_declaration name: (name) @name) @interface
(trait_declaration name: (name) @name) @trait
(enum_declaration name: (name) @name) @enum
(enum_case name: (name) @name) @constant
(function_definition name: (name) @name) @function
(method_declaration name: (name) @name) @method
(const_declaration (const_element (name) @name)) @constant
(property_declaration (property_element name: (variable_name (name) @name))) @attribute
(property_promotion_parameter name: (variable_name (name) @name)) @attribute
(function_call_expression function: (name) @_says arguments: (arguments . (argument (string (string_content) @name)))
  (#eq? @_says "define")) @constant
"""
C_SHARP = """
(class_declaration name: (identifier) @name) @class
(interface_declaration name: (identifier) @name) @interface
(struct_declaration name: (identifier) @name) @struct
(record_declaration name: (identifier) @name) @class
(enum_declaration name: (identifier) @name) @enum
(enum_member_declaration name: (identifier) @name) @constant
(delegate_declaration name: (identifier) @name) @type
(method_declaration name: (identifier) @name) @method
(local_function_statement name: (identifier) @name) @function
(constructor_declaration name: (identifier) @name) @method
(property_declaration name: (identifier) @name) @property
(event_declaration name: (identifier) @name) @property
(field_declaration (variable_declaration (variable_declarator name: (identifier) @name))) @attribute
(event_field_declaration (variable_declaration (variable_declarator name: (identifier) @name))) @attribute
"""
KOTLIN = """
(class_declaration name: (identifier) @name) @class
(object_declaration name: (identifier) @name) @class
(enum_entry (identifier) @name) @constant
(function_declaration name: (identifier) @name) @function
(type_alias type: (identifier) @name) @type
(source_file (property_declaration (variable_declaration (identifier) @name)) @property)
(class_body (property_declaration (variable_declaration (identifier) @name)) @property)
(enum_class_body (property_declaration (variable_declaration (identifier) @name)) @property)
(class_parameter ["val" "var"] (identifier) @name) @property
"""
C = """
(function_definition declarator: (function_declarator declarator: (identifier) @name)) @function
(function_definition declarator: (pointer_declarator declarator: (function_declarator declarator: (identifier) @name))) @function
(function_definition declarator: (pointer_declarator declarator: (pointer_declarator
  declarator: (function_declarator declarator: (identifier) @name)))) @function
(struct_specifier name: (type_identifier) @name body: (_)) @struct
(union_specifier name: (type_identifier) @name body: (_)) @struct
(enum_specifier name: (type_identifier) @name body: (_)) @enum
(enumerator name: (identifier) @name) @constant
(type_definition declarator: (type_identifier) @name) @type
(type_definition declarator: (function_declarator declarator: (parenthesized_declarator
  (pointer_declarator declarator: (type_identifier) @name)))) @type
(preproc_function_def name: (identifier) @name) @macro
(preproc_def name: (identifier) @name) @macro
(translation_unit (declaration declarator: (init_declarator declarator: (identifier) @name)) @variable)
(translation_unit (declaration declarator: (init_declarator declarator: (array_declarator declarator: (identifier) @name))) @variable)
"""
CPP = (
    C
    + """
(function_definition declarator: (function_declarator
  declarator: [(field_identifier) (qualified_identifier) (operator_name) (destructor_name)] @name)) @method
(function_definition declarator: (pointer_declarator declarator: (function_declarator
  declarator: [(field_identifier) (qualified_identifier) (operator_name)] @name))) @method
(function_definition declarator: (reference_declarator (function_declarator
  declarator: [(identifier) (field_identifier) (qualified_identifier) (operator_name)] @name))) @method
(class_specifier name: (type_identifier) @name body: (_)) @class
(alias_declaration name: (type_identifier) @name) @type
(concept_definition name: (identifier) @name) @type
(namespace_definition name: (_) @name) @module
(declaration_list (declaration declarator: (init_declarator declarator: (identifier) @name)) @variable)
"""
)
ELIXIR = """
(call target: (identifier) @_says (arguments . (alias) @name) (#any-of? @_says "defmodule" "defprotocol")) @module
(call target: (identifier) @_says (arguments . (alias) @name) (#eq? @_says "defimpl")) @impl
(call target: (identifier) @_says (arguments . [(identifier) @name (call target: (identifier) @name)
  (binary_operator left: [(identifier) @name (call target: (identifier) @name)] operator: "when")])
  (#any-of? @_says "def" "defp" "defdelegate" "defguard" "defguardp" "defn" "defnp")) @function
(call target: (identifier) @_says (arguments . [(identifier) @name (call target: (identifier) @name)
  (binary_operator left: [(identifier) @name (call target: (identifier) @name)] operator: "when")])
  (#any-of? @_says "defmacro" "defmacrop")) @macro
(unary_operator operand: (call target: (identifier) @_says (arguments . (binary_operator
  left: [(identifier) @name (call target: (identifier) @name)])) (#any-of? @_says "type" "typep" "opaque"))) @type
(unary_operator operand: (call target: (identifier) @_says (arguments . (binary_operator left: (call target: (identifier) @name)))
  (#any-of? @_says "callback" "macrocallback"))) @function
(call target: (identifier) @_says (arguments . [(string (quoted_content) @name) (atom) @name]) (do_block)
  (#eq? @_says "schema")) @table
"""
SWIFT = """
(class_declaration declaration_kind: ["class" "actor"] name: (type_identifier) @name) @class
(class_declaration declaration_kind: "struct" name: (type_identifier) @name) @struct
(class_declaration name: (type_identifier) @name body: (enum_class_body)) @enum
(class_declaration declaration_kind: "extension" name: (user_type) @name) @impl
(protocol_declaration name: (type_identifier) @name) @interface
(typealias_declaration name: (type_identifier) @name) @type
(associatedtype_declaration name: (type_identifier) @name) @type
(function_declaration name: (simple_identifier) @name) @function
(protocol_function_declaration name: (simple_identifier) @name) @method
(init_declaration "init" @name) @method
(enum_entry name: (simple_identifier) @name) @constant
(source_file (property_declaration name: (pattern bound_identifier: (simple_identifier) @name)) @property)
(class_body (property_declaration name: (pattern bound_identifier: (simple_identifier) @name)) @property)
(enum_class_body (property_declaration name: (pattern bound_identifier: (simple_identifier) @name)) @property)
(protocol_property_declaration name: (pattern bound_identifier: (simple_identifier) @name)) @property
"""
SHELL = """
(function_definition name: (word) @name) @function
(program (variable_assignment name: (variable_name) @name) @variable)
(program (declaration_command (variable_assignment name: (variable_name) @name)) @variable)
"""
TERRAFORM = """
(config_file (body (block . (identifier) @_says . (string_lit) . (string_lit (template_literal) @name)
  (#any-of? @_says "resource" "data" "ephemeral")) @resource))
(config_file (body (block . (identifier) @_says . (string_lit (template_literal) @name) . (block_start)
  (#any-of? @_says "variable" "output" "module" "provider" "check")) @block))
(config_file (body (block . (identifier) @_says (body (attribute . (identifier) @name) @local) (#eq? @_says "locals"))))
"""
SCALA = """
(class_definition name: (identifier) @name) @class
(object_definition name: (identifier) @name) @class
(package_object name: (identifier) @name) @module
(trait_definition name: (identifier) @name) @trait
(enum_definition name: (identifier) @name) @enum
(simple_enum_case name: (identifier) @name) @constant
(full_enum_case name: (identifier) @name) @constant
(type_definition name: (type_identifier) @name) @type
(function_definition name: (_) @name) @function
(function_declaration name: (_) @name) @function
(given_definition name: (identifier) @name) @constant
(template_body (val_definition pattern: (identifier) @name) @attribute)
(template_body (var_definition pattern: (identifier) @name) @attribute)
(template_body (val_declaration name: (identifier) @name) @attribute)
(template_body (var_declaration name: (identifier) @name) @attribute)
(compilation_unit (val_definition pattern: (identifier) @name) @constant)
"""
ZIG = """
(function_declaration name: (identifier) @name) @function
(variable_declaration . (identifier) @name (struct_declaration)) @class
(variable_declaration . (identifier) @name [(enum_declaration) (union_declaration) (opaque_declaration) (error_set_declaration)]) @type
(source_file (variable_declaration . (identifier) @name) @constant)
(struct_declaration (variable_declaration . (identifier) @name) @constant)
(test_declaration (string (string_content) @name)) @function
"""
LUA = """
(function_declaration name: (_) @name) @function
(assignment_statement (variable_list . name: (_) @name) (expression_list . value: (function_definition))) @function
(field name: (identifier) @name value: (function_definition)) @method
(chunk (variable_declaration (assignment_statement (variable_list name: (identifier) @name))) @variable)
(chunk (assignment_statement (variable_list name: (identifier) @name)) @variable)
"""
