//! One renderer per file over one plain `Report`.
